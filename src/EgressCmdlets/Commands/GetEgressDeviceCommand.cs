using System.Management.Automation;
using Egress.Cmdlets.Completion;
using Egress.Cmdlets.Support;
using Egress.Devices;

namespace Egress.Cmdlets.Commands;

/// <summary>
/// <para>Shows what runs here: the devices with their memory, libtorch's version and where it came from, and the CUDA runtime. What
/// hinders a device is in its Reason.</para>
/// </summary>
[Cmdlet(VerbsCommon.Get, "EgressDevice")]
[OutputType(typeof(EgressDeviceInfo))]
public sealed class GetEgressDeviceCommand : EgressCommand
{
    /// <summary>Names of devices; wildcards are allowed.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        WriteVerbose("Loading libtorch and asking the CUDA driver.");
        var devices = Do(DeviceInventory.List);
        foreach (var device in Name.SelectMany(name => Find(devices, name)).Distinct())
        {
            WriteObject(device);
        }
    }

    /// <summary>The devices of a name or pattern. A pattern that matches none is no error, as everywhere in PowerShell.</summary>
    private IEnumerable<EgressDeviceInfo> Find(IReadOnlyList<EgressDeviceInfo> devices, string name)
    {
        if (WildcardPattern.ContainsWildcardCharacters(name))
        {
            var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
            return devices.Where(device => pattern.IsMatch(device.Name));
        }

        try
        {
            return [DeviceInventory.Find(devices, name)];
        }
        catch (EgressException error)
        {
            WriteError(ErrorRecords.From(error));
            return [];
        }
    }
}

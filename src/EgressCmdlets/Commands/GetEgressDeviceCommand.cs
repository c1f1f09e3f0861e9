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
        var patterns = Name.Select(name => WildcardPattern.Get(name, WildcardOptions.IgnoreCase)).ToList();
        WriteObject(DeviceInventory.List().Where(device => patterns.Exists(pattern => pattern.IsMatch(device.Name))), enumerateCollection: true);
    }
}

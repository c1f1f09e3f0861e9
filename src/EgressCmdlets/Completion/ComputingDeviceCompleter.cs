namespace Egress.Cmdlets.Completion;

/// <summary>Completes <c>-Device</c> where something is really to be computed, with the GPUs that the driver lists; asking it starts none.</summary>
public sealed class ComputingDeviceCompleter : ValueCompleter
{
    private const string DriverFolder = "/proc/driver/nvidia/gpus";

    /// <summary>The processor and the GPUs.</summary>
    internal static IEnumerable<(string Value, string Description)> Devices
    {
        get
        {
            yield return ("cpu", "This machine's processor");
            var count = Directory.Exists(DriverFolder) ? Directory.GetDirectories(DriverFolder).Length : 0;
            for (var ordinal = 0; ordinal < count; ordinal++)
            {
                yield return ($"cuda:{ordinal}", $"GPU {ordinal}");
            }
        }
    }

    /// <inheritdoc/>
    protected override IEnumerable<(string Value, string Description)> Values => Devices;
}

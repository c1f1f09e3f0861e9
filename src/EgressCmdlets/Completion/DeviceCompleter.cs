namespace Egress.Cmdlets.Completion;

/// <summary>Completes <c>-Device</c>, with the GPUs that the driver lists; asking it starts none of them.</summary>
public sealed class DeviceCompleter : ValueCompleter
{
    private const string DriverFolder = "/proc/driver/nvidia/gpus";

    /// <inheritdoc/>
    protected override IEnumerable<(string Value, string Description)> Values
    {
        get
        {
            yield return ("cpu", "This machine's processor");
            var count = Directory.Exists(DriverFolder) ? Directory.GetDirectories(DriverFolder).Length : 0;
            for (var ordinal = 0; ordinal < count; ordinal++)
            {
                yield return ($"cuda:{ordinal}", $"GPU {ordinal}");
            }

            yield return ("simulated", "Waits for given durations instead of working");
            yield return ("simulated:compute=20,copy=10,processing=40", "The same, durations in milliseconds");
        }
    }
}

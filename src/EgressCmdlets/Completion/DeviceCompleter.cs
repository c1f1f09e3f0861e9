namespace Egress.Cmdlets.Completion;

/// <summary>Completes <c>-Device</c>, with the simulated device.</summary>
public sealed class DeviceCompleter : ValueCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Value, string Description)> Values =>
    [
        .. ComputingDeviceCompleter.Devices,
        ("simulated", "Waits for given durations instead of working"),
        ("simulated:compute=20,copy=10,processing=40", "The same, durations in milliseconds"),
    ];
}

namespace Egress.Devices.Simulated;

/// <summary>A span of a <see cref="SimulatedStream"/>: two points on its time axis, as exact as the axis itself.</summary>
internal sealed class SimulatedSpan(SimulatedStream stream) : IDeviceSpan
{
    /// <inheritdoc/>
    public long StartTicks { get; set; }

    /// <inheritdoc/>
    public long EndTicks { get; set; }

    /// <inheritdoc/>
    public void End() => stream.End(this);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

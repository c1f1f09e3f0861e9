namespace Egress.Devices.Simulated;

/// <summary>An event of a <see cref="SimulatedStream"/>: a point on the time axis.</summary>
internal sealed class SimulatedEvent(SimulatedDevice device, long time) : IDeviceEvent
{
    /// <summary>When it fires.</summary>
    public long Time => time;

    /// <inheritdoc/>
    public bool HasFired
    {
        get
        {
            if (SimulatedClock.Now < time)
            {
                return false;
            }

            // Whoever sees it fired may read what the work before it has brought about.
            device.Reach(time);
            return true;
        }
    }

    /// <inheritdoc/>
    public void Synchronize() => device.Reach(time);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

using Egress.Buffers;

namespace Egress.Devices.Simulated;

/// <summary>
/// A device that waits instead of working. Each stream is a time axis: what is enqueued starts when the stream is free and its
/// events have fired, and ends a given duration later. The effects, marks that travel instead of bytes, happen at those ends, in
/// the order of time over all streams, so that a hand-over that comes too early shows as wrong content.
/// </summary>
public sealed class SimulatedDevice : IDevice
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Action, (long End, long Order)> _effects = new();
    private long _order;

    /// <param name="timing">The durations of one batch.</param>
    public SimulatedDevice(SimulatedTiming timing)
    {
        ArgumentNullException.ThrowIfNull(timing);
        Timing = timing;
        Compute = new SimulatedStream(this);
        IngressStream = new SimulatedStream(this);
        EgressStream = new SimulatedStream(this);
    }

    /// <summary>The durations of one batch.</summary>
    public SimulatedTiming Timing { get; }

    /// <inheritdoc/>
    public string Name => "simulated";

    /// <inheritdoc/>
    public DeviceKind Kind => DeviceKind.Simulated;

    /// <inheritdoc/>
    public IDeviceStream ComputeStream => Compute;

    /// <inheritdoc/>
    public IDeviceStream IngressStream { get; }

    /// <inheritdoc/>
    public IDeviceStream EgressStream { get; }

    internal SimulatedStream Compute { get; }

    /// <inheritdoc/>
    public HostBlock AllocateHost(long bytes, HostMemoryKind kind) =>
        HostBlock.Allocate(bytes, kind == HostMemoryKind.Pinned ? HostMemoryKind.Pageable : kind);

    /// <inheritdoc/>
    public void BindThread()
    {
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
        ComputeStream.Synchronize();
        IngressStream.Synchronize();
        EgressStream.Synchronize();
    }

    /// <inheritdoc/>
    public void Dispose() => Synchronize();

    /// <summary>Registers what happens at a point in time.</summary>
    internal void At(long end, Action effect)
    {
        lock (_lock)
        {
            _effects.Enqueue(effect, (end, _order++));
        }
    }

    /// <summary>Waits until a point in time and lets everything happen that is due by then.</summary>
    internal void Reach(long time)
    {
        SimulatedClock.WaitUntil(time);
        lock (_lock)
        {
            while (_effects.TryPeek(out var effect, out var due) && due.End <= time)
            {
                _effects.Dequeue();
                effect();
            }
        }
    }
}

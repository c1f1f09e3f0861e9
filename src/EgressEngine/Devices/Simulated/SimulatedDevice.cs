using Egress.Buffers;

namespace Egress.Devices.Simulated;

/// <summary>
/// A device that waits instead of working. Each stream is a time axis: what is enqueued starts when the stream is free and its
/// events have fired, and ends a given duration later. The effects, marks that travel instead of bytes, happen at those ends, in
/// the order of time over all streams, so that a hand-over that comes too early shows as wrong content.
/// </summary>
public sealed class SimulatedDevice : IDevice, IMemoryMeter
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Action, (long End, long Order)> _effects = new();
    private long _order;
    private long _peakBytes;

    /// <param name="timing">The durations of one batch.</param>
    public SimulatedDevice(SimulatedTiming timing)
    {
        ArgumentNullException.ThrowIfNull(timing);
        Timing = timing;
        Processors = timing.Cores > 0 ? new SemaphoreSlim(timing.Cores) : null;
        Compute = new SimulatedStream(this);
        IngressStream = new SimulatedStream(this);
        EgressStream = new SimulatedStream(this);
    }

    /// <summary>The durations of one batch.</summary>
    public SimulatedTiming Timing { get; }

    /// <summary>The most that computing took since <see cref="Restart"/>.</summary>
    public long PeakBytes => Interlocked.Read(ref _peakBytes);

    /// <summary>A place for each processor that workers and loaders share; null: they never wait for one.</summary>
    internal SemaphoreSlim? Processors { get; }

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
    public void Restart() => Interlocked.Exchange(ref _peakBytes, 0);

    /// <inheritdoc/>
    public void Dispose()
    {
        Synchronize();
        Processors?.Dispose();
    }

    /// <summary>Takes note of the memory that a batch takes.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DeviceMemoryExhausted"/>.</exception>
    internal void ThrowUnlessFits(int items)
    {
        var bytes = items * Timing.MemoryItemBytes;
        if (Timing.MemoryBytes > 0 && bytes > Timing.MemoryBytes)
        {
            throw new EgressException(
                EgressErrorId.DeviceMemoryExhausted,
                EgressErrorCategory.ResourceUnavailable,
                $"The memory of {Name} does not suffice for computing a batch of {items}.",
                $"Use a -BatchSize of {Timing.MemoryBytes / Timing.MemoryItemBytes} or less.",
                Name);
        }

        lock (_lock)
        {
            _peakBytes = Math.Max(_peakBytes, bytes);
        }
    }

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

using Egress.Buffers;

namespace Egress.Devices.Cpu;

/// <summary>A stream whose work runs at once on the thread that enqueues it.</summary>
internal sealed class InlineStream : IDeviceStream, ITimedStream
{
    /// <inheritdoc/>
    public void Wait(IDeviceEvent deviceEvent) => deviceEvent.Synchronize();

    /// <inheritdoc/>
    public void CopyToDevice(IDeviceMemory destination, HostBlock source, long bytes) =>
        MemoryCopy.Copy(source.Address, source.Bytes, destination.Address, destination.Bytes, bytes);

    /// <inheritdoc/>
    public void CopyToHost(HostBlock destination, IDeviceMemory source, long bytes) =>
        MemoryCopy.Copy(source.Address, source.Bytes, destination.Address, destination.Bytes, bytes);

    /// <inheritdoc/>
    public IDeviceEvent Record() => FiredEvent.Instance;

    /// <inheritdoc/>
    public IDeviceSpan BeginSpan() => new ClockSpan();

    /// <inheritdoc/>
    public void Synchronize()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>The event of work that has ended before it was recorded.</summary>
    private sealed class FiredEvent : IDeviceEvent
    {
        public static readonly FiredEvent Instance = new();

        public bool HasFired => true;

        public void Synchronize()
        {
        }

        public void Dispose()
        {
        }
    }
}

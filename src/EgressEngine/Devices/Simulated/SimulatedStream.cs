using System.Runtime.InteropServices;
using Egress.Buffers;

namespace Egress.Devices.Simulated;

/// <summary>One queue of a <see cref="SimulatedDevice"/>.</summary>
internal sealed class SimulatedStream(SimulatedDevice device) : IDeviceStream, ITimedStream
{
    private long _free;
    private SimulatedSpan? _begun;

    /// <inheritdoc/>
    public void Wait(IDeviceEvent deviceEvent) => _free = Math.Max(_free, ((SimulatedEvent)deviceEvent).Time);

    /// <inheritdoc/>
    public void CopyToDevice(IDeviceMemory destination, HostBlock source, long bytes)
    {
        var memory = (SimulatedMemory)destination;
        var itemBytes = memory.Bytes / memory.Marks.Length;
        Enqueue(device.Timing.CopyInTime((int)(bytes / itemBytes)), () =>
        {
            for (var item = 0; (item + 1) * itemBytes <= bytes; item++)
            {
                memory.Marks[item] = MemoryMarshal.Read<ulong>(source.Span(item * itemBytes, sizeof(ulong)));
            }
        });
    }

    /// <inheritdoc/>
    public void CopyToHost(HostBlock destination, IDeviceMemory source, long bytes)
    {
        var memory = (SimulatedMemory)source;
        var itemBytes = memory.Bytes / memory.Marks.Length;
        var items = (int)(bytes / itemBytes);
        var duration = destination.Kind == HostMemoryKind.Fresh ? device.Timing.FreshCopyTime(items) : device.Timing.CopyTime(items);
        Enqueue(duration, () =>
        {
            for (var item = 0; (item + 1) * itemBytes <= bytes; item++)
            {
                // Both ends of the item, so that a copy of half of it shows as well.
                MemoryMarshal.Write(destination.Span(item * itemBytes, sizeof(ulong)), memory.Marks[item]);
                MemoryMarshal.Write(destination.Span(((item + 1) * itemBytes) - sizeof(ulong), sizeof(ulong)), memory.Marks[item]);
            }
        });
    }

    /// <summary>Enqueues work of a duration, with what it brings about at its end.</summary>
    public void Enqueue(TimeSpan duration, Action effect)
    {
        var start = Math.Max(_free, SimulatedClock.Now);
        if (_begun is { } span)
        {
            span.StartTicks = start;
            _begun = null;
        }

        _free = start + SimulatedClock.Ticks(duration);
        device.At(_free, effect);
    }

    /// <inheritdoc/>
    public IDeviceSpan BeginSpan() => _begun = new SimulatedSpan(this);

    /// <summary>Ends a span where the stream has got to; one without work is empty.</summary>
    public void End(SimulatedSpan span)
    {
        span.EndTicks = _free;
        if (_begun == span)
        {
            span.StartTicks = _free;
            _begun = null;
        }
    }

    /// <inheritdoc/>
    public IDeviceEvent Record() => new SimulatedEvent(device, _free);

    /// <inheritdoc/>
    public void Synchronize() => device.Reach(_free);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using Egress.Buffers;
using Egress.Devices;
using Egress.Devices.Simulated;
using Egress.Models;

namespace Egress.Tests.Devices.Simulated;

/// <summary>The simulated device's own rules, on which the pipeline's tests build.</summary>
public sealed class SimulatedDeviceTests : IDisposable
{
    private const ulong Mark = 42;
    private static readonly TensorSpec Input = new(ElementType.UInt8, 16);
    private static readonly TensorSpec Output = new(ElementType.UInt8, 32);

    private readonly SimulatedDevice _device = new(new SimulatedTiming
    {
        Compute = TimeSpan.FromMilliseconds(3),
        Copy = TimeSpan.FromMilliseconds(2),
        CopyIn = TimeSpan.FromMilliseconds(1),
    });

    // So slow that no delay of the machine's makes a stream run dry between two calls: the points on its time axis are exact. It is
    // asked for these points only and never waited for, and for that reason not disposed either.
    private readonly SimulatedDevice _slow = new(new SimulatedTiming
    {
        Compute = TimeSpan.FromHours(6),
        Copy = TimeSpan.FromHours(4),
        FreshCopy = TimeSpan.FromHours(9),
        CopyIn = TimeSpan.FromHours(2),
    });

    private readonly SimulatedSession _session;
    private readonly SimulatedSession _slowSession;
    private readonly HostBlock _source;
    private readonly HostBlock _destination;

    public SimulatedDeviceTests()
    {
        _session = new SimulatedSession(_device, Input, Output);
        _slowSession = new SimulatedSession(_slow, Input, Output);
        _source = _device.AllocateHost(16, HostMemoryKind.Pinned);
        _destination = _device.AllocateHost(32, HostMemoryKind.Pinned);
        MemoryMarshal.Write(_source.Span(0, 8), Mark);
    }

    public void Dispose()
    {
        _device.Dispose();
        _source.Dispose();
        _destination.Dispose();
    }

    [Fact]
    public void Work_in_one_stream_takes_the_sum_of_its_durations()
    {
        using var input = _slowSession.CreateInput(1);
        using var first = Enqueue(_slow.IngressStream, stream => stream.CopyToDevice(input, _source, 16));
        using var second = Enqueue(_slow.IngressStream, stream => stream.CopyToDevice(input, _source, 16));
        Assert.Equal(2, Hours(first, second), 6);
        Assert.False(second.HasFired);
    }

    [Fact]
    public void Streams_go_on_beside_each_other_and_wait_for_events_alone()
    {
        using var input = _slowSession.CreateInput(1);
        using var loaded = Enqueue(_slow.IngressStream, stream => stream.CopyToDevice(input, _source, 16));
        _slow.ComputeStream.Wait(loaded);
        using var output = _slowSession.Run(input, 1);
        using var computed = _slow.ComputeStream.Record();
        Assert.Equal(6, Hours(loaded, computed), 6);

        // The next input and the output before it, at the same time as the computation.
        using var nextLoaded = Enqueue(_slow.IngressStream, stream => stream.CopyToDevice(input, _source, 16));
        using var unordered = Enqueue(_slow.EgressStream, stream => stream.CopyToHost(_destination, output, 32));
        Assert.Equal(2, Hours(loaded, nextLoaded), 6);
        Assert.True(Hours(unordered, computed) > 0);

        _slow.EgressStream.Wait(computed);
        using var copied = Enqueue(_slow.EgressStream, stream => stream.CopyToHost(_destination, output, 32));
        Assert.Equal(4, Hours(computed, copied), 6);
    }

    [Fact]
    public void A_copy_into_fresh_memory_takes_its_own_time()
    {
        using var fresh = _slow.AllocateHost(32, HostMemoryKind.Fresh);
        using var input = _slowSession.CreateInput(1);
        using var output = _slowSession.Run(input, 1);
        using var computed = _slow.ComputeStream.Record();
        using var copied = Enqueue(_slow.ComputeStream, stream => stream.CopyToHost(fresh, output, 32));
        Assert.Equal(9, Hours(computed, copied), 6);
    }

    [Fact]
    public void Nothing_has_happened_before_its_end_and_everything_once_an_event_was_seen_fired()
    {
        using var input = _session.CreateInput(1);
        _device.ComputeStream.Wait(Enqueue(_device.IngressStream, stream => stream.CopyToDevice(input, _source, 16)));
        using var output = _session.Run(input, 1);
        using var computed = _device.ComputeStream.Record();
        _device.EgressStream.Wait(computed);
        using var copied = Enqueue(_device.EgressStream, stream => stream.CopyToHost(_destination, output, 32));
        computed.Synchronize();
        Assert.Equal(0UL, MemoryMarshal.Read<ulong>(_destination.Span(0, 8)));

        // Polled and never waited for.
        while (!copied.HasFired)
        {
            Thread.Yield();
        }

        var expected = SimulatedSession.Transform(Mark);
        Assert.Equal(expected, MemoryMarshal.Read<ulong>(_destination.Span(0, 8)));
        Assert.Equal(expected, MemoryMarshal.Read<ulong>(_destination.Span(24, 8)));
    }

    [Fact]
    public void Memory_that_was_given_back_before_its_copy_ended_arrives_overwritten()
    {
        using var input = _session.CreateInput(1);
        var output = _session.Run(input, 1);
        using var copied = Enqueue(_device.ComputeStream, stream => stream.CopyToHost(_destination, output, 32));
        output.Dispose();
        copied.Synchronize();
        Assert.Equal(SimulatedMemory.Released, MemoryMarshal.Read<ulong>(_destination.Span(0, 8)));
    }

    [Fact]
    public void A_copy_of_part_of_a_batch_moves_that_part()
    {
        using var host = _device.AllocateHost(3 * 32, HostMemoryKind.Pinned);
        MemoryMarshal.Write(host.Span(2 * 32, 8), Mark);
        using var input = _session.CreateInput(3);
        using var output = _session.Run(input, 3);
        _device.ComputeStream.CopyToHost(host, output, 2 * 32);
        _device.Synchronize();
        var expected = SimulatedSession.Transform(0);
        Assert.Equal(
            [expected, expected, Mark], Enumerable.Range(0, 3).Select(item => MemoryMarshal.Read<ulong>(host.Span(item * 32, 8))));
    }

    [Fact]
    public void A_span_is_its_work_to_the_tick()
    {
        using var input = _slowSession.CreateInput(1);
        var stream = (ITimedStream)_slow.IngressStream;
        using var first = stream.BeginSpan();
        _slow.IngressStream.CopyToDevice(input, _source, 16);
        _slow.IngressStream.CopyToDevice(input, _source, 16);
        first.End();
        using var second = stream.BeginSpan();
        _slow.IngressStream.CopyToDevice(input, _source, 16);
        second.End();
        using var copied = (SimulatedEvent)_slow.IngressStream.Record();

        Assert.Equal(SimulatedClock.Ticks(TimeSpan.FromHours(4)), first.EndTicks - first.StartTicks);
        Assert.Equal(first.EndTicks, second.StartTicks);
        Assert.Equal(copied.Time, second.EndTicks);
    }

    [Fact]
    public void A_span_begins_after_what_its_stream_waits_for_and_is_empty_without_work()
    {
        using var input = _slowSession.CreateInput(1);
        using var loaded = (SimulatedEvent)Enqueue(_slow.IngressStream, stream => stream.CopyToDevice(input, _source, 16));
        _slow.ComputeStream.Wait(loaded);
        using var computing = ((ITimedStream)_slow.ComputeStream).BeginSpan();
        using var output = _slowSession.Run(input, 1);
        computing.End();
        using var empty = ((ITimedStream)_slow.ComputeStream).BeginSpan();
        empty.End();

        Assert.Equal(loaded.Time, computing.StartTicks);
        Assert.Equal((computing.EndTicks, computing.EndTicks), (empty.StartTicks, empty.EndTicks));
    }

    private static IDeviceEvent Enqueue(IDeviceStream stream, Action<IDeviceStream> work)
    {
        work(stream);
        return stream.Record();
    }

    private static double Hours(IDeviceEvent from, IDeviceEvent to) =>
        Stopwatch.GetElapsedTime(((SimulatedEvent)from).Time, ((SimulatedEvent)to).Time).TotalHours;
}

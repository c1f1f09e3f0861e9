using System.Diagnostics;
using Egress.Devices;
using Egress.Devices.Cuda;

namespace Egress.Tests.Devices.Cuda;

/// <summary>A GPU's work on the host's time axis, with a CUDA whose events tell the real time.</summary>
public sealed class CudaSpanTests : IDisposable
{
    private readonly FakeCudaApi _fake = new() { TellsRealTime = true, Shuffle = new Random(5) };
    private readonly CudaDevice _device;

    public CudaSpanTests() => _device = CudaDevices.Open(0, new CudaRuntime(_fake));

    [Fact]
    public void A_span_lies_where_its_work_was_done()
    {
        long before = 0, after = 0;
        var asked = Stopwatch.GetTimestamp();
        using var span = ((ITimedStream)_device.ComputeStream).BeginSpan();

        // The anchor is no more uncertain than it took to set, and float milliseconds have a grain.
        var doubt = Stopwatch.GetTimestamp() - asked + Stopwatch.Frequency / 1_000_000;
        _fake.Launch(0, () =>
        {
            before = Stopwatch.GetTimestamp();
            Thread.Sleep(20);
            after = Stopwatch.GetTimestamp();
        });
        span.End();
        _device.ComputeStream.Synchronize();

        Assert.InRange(span.StartTicks, asked - doubt, before + doubt);
        Assert.InRange(span.EndTicks, after - doubt, Stopwatch.GetTimestamp() + doubt);
        Assert.True(span.EndTicks - span.StartTicks >= after - before - doubt);
    }

    [Fact]
    public void An_anchor_that_has_aged_is_set_anew_and_the_old_one_serves_its_spans_to_the_end()
    {
        using var first = ((ITimedStream)_device.EgressStream).BeginSpan();
        first.End();
        var anchors = _fake.Calls("cudaEventQuery");
        using var second = ((ITimedStream)_device.EgressStream).BeginSpan();
        second.End();
        Assert.Equal(anchors, _fake.Calls("cudaEventQuery"));

        Thread.Sleep(300);
        using var third = ((ITimedStream)_device.EgressStream).BeginSpan();
        third.End();
        Assert.True(_fake.Calls("cudaEventQuery") > anchors);

        _device.EgressStream.Synchronize();
        Assert.True(second.StartTicks >= first.StartTicks);
        Assert.True(Stopwatch.GetElapsedTime(second.EndTicks, third.StartTicks) > TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public void Spans_use_the_same_few_events_again_and_again()
    {
        for (var i = 0; i < 200; i++)
        {
            using var span = ((ITimedStream)_device.EgressStream).BeginSpan();
            span.End();
            _device.EgressStream.Synchronize();
            Assert.True(span.EndTicks >= span.StartTicks);
        }

        // Two a span, one that is the anchor and one that is tried against it, and the plain one of the wait.
        Assert.InRange(_fake.LiveEvents, 1, 8);
    }

    [Fact]
    public void A_span_outlives_its_device()
    {
        var span = ((ITimedStream)_device.EgressStream).BeginSpan();
        span.End();
        _device.EgressStream.Synchronize();
        _device.Dispose();

        Assert.True(span.EndTicks >= span.StartTicks);
        span.Dispose();
        span.Dispose();
        Assert.Equal(0, _fake.LiveHandles);
    }

    [Theory]
    [InlineData("cudaEventQuery")]
    [InlineData("cudaEventRecord")]
    [InlineData("cudaStreamCreateWithFlags")]
    public void A_clock_that_cannot_be_read_is_an_error_that_leaves_nothing(string call)
    {
        _fake.Fail(call, 719);
        Assert.Throws<EgressException>(() => ((ITimedStream)_device.EgressStream).BeginSpan());
    }

    [Fact]
    public void Without_a_span_no_event_carries_a_time_and_no_stream_is_added()
    {
        for (var i = 0; i < 10; i++)
        {
            using var deviceEvent = _device.EgressStream.Record();
            deviceEvent.Synchronize();
        }

        Assert.All(_fake.EventFlags, flags => Assert.True(flags.HasFlag(CudaEventFlags.DisableTiming)));
        Assert.Equal(2, _fake.LiveStreams);
    }

    public void Dispose()
    {
        _device.Dispose();
        Assert.Empty(_fake.Violations);
        Assert.Equal(0, _fake.LiveHandles);
        _fake.Dispose();
    }
}

using Egress.Measurement;

namespace Egress.Tests.Measurement;

/// <summary>What is advised for a given picture of the parts. That following it helps is shown on the simulated device.</summary>
public sealed class TuningAdviceTests
{
    private static readonly ThroughputConfiguration s_configuration =
        ThroughputConfiguration.Of(SampleResults.Measured(4, 1)) with { WorkerCount = 1, BufferCount = 6 };

    private static ThroughputLimits Limits(double compute = 100, double copyOut = 200, double copyIn = 300, double processing = 400, double input = 500) =>
        new(compute, copyOut, copyIn, processing, input);

    [Theory]
    [InlineData("Baseline")]
    [InlineData("MultiWorker")]
    [InlineData("BufferPool")]
    [InlineData("AsyncCopy")]
    public void Overlapping_is_advised_where_it_is_not_done(string strategy) => Assert.StartsWith(
        "Use -Strategy Pipelined: ",
        Advise(s_configuration with { Strategy = strategy }, Limits(), LimitingStage.CopyOut, 60),
        StringComparison.Ordinal);

    [Fact]
    public void Workers_are_advised_where_processing_holds_the_rest_up() => Assert.Equal(
        "Use -WorkerCount 4: 1 worker alone manages 25 steps/s, and everything else 100.",
        Advise(s_configuration, Limits(processing: 25), LimitingStage.Processing, 25));

    [Fact]
    public void Loaders_are_advised_where_input_holds_the_rest_up() => Assert.StartsWith(
        "Use -LoaderCount 5: ", Advise(s_configuration, Limits(input: 20), LimitingStage.Input, 20), StringComparison.Ordinal);

    [Fact]
    public void No_more_threads_than_processors_are_advised_on_a_device_that_works()
    {
        var real = s_configuration with { Device = "cpu", WorkerCount = 3 };
        Assert.Null(Advise(real, Limits(processing: 25), LimitingStage.Processing, 25, labelShare: 1, processors: 4));
        Assert.StartsWith(
            "Use -WorkerCount 3: ",
            Advise(real with { WorkerCount = 1 }, Limits(processing: 25), LimitingStage.Processing, 25, processors: 4),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_are_advised_where_copies_are_the_limit_and_nothing_else_helps() => Assert.StartsWith(
        "Use -OutputKind Labels if classes are all you need: 1/84 of the bytes",
        Advise(s_configuration, Limits(copyOut: 40), LimitingStage.CopyOut, 40, labelShare: 1.0 / 84), StringComparison.Ordinal);

    [Fact]
    public void Buffers_are_advised_where_the_device_waits_for_one() => Assert.StartsWith(
        "Use -BufferCount ",
        Advise(s_configuration with { BufferCount = 1, WorkerCount = 4 }, Limits(copyOut: 120, processing: 130), LimitingStage.Compute, 60, bufferWait: 0.3),
        StringComparison.Ordinal);

    [Fact]
    public void Fewer_buffers_are_advised_where_many_were_never_used() => Assert.Equal(
        "Use -BufferCount 2: no more of the 6 output buffers were in use at once, and 0.40 GB of host memory are saved.",
        Advise(s_configuration, Limits(), LimitingStage.Compute, 99, buffersUsed: 2, bufferBytes: 100_000_000));

    [Fact]
    public void At_the_limit_nothing_is_advised() =>
        Assert.Null(Advise(s_configuration, Limits(), LimitingStage.Compute, 99, buffersUsed: 6, bufferBytes: 100_000_000));

    private static string? Advise(
        ThroughputConfiguration configuration, ThroughputLimits limits, LimitingStage waited, double rate, double labelShare = 1,
        int processors = 8, double bufferWait = 0, int buffersUsed = 0, long bufferBytes = 0) =>
        new TuningAdvice(configuration, limits, waited, rate)
        {
            LabelShare = labelShare,
            Processors = processors,
            BufferWait = bufferWait,
            BuffersUsed = buffersUsed,
            BufferBytes = bufferBytes,
        }.Sentence();
}

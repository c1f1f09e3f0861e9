using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>Stages that do not come on: they are told of, end the run where that is asked for, and never keep its caller.</summary>
public sealed class StallTests
{
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(200);

    [Theory]
    [InlineData(true, "loader")]
    [InlineData(false, "worker")]
    public void A_stage_that_takes_long_is_named_and_the_run_goes_on(bool inLoader, string stage)
    {
        using var stall = new ManualResetEventSlim();
        using var pipeline = Start(inLoader, stall, new PipelineOptions { StallWarning = s_soon });
        Submit(pipeline);

        StageStall? report = null;
        Bounded.Until("a report", () => pipeline.TryTakeStall(out report), pipeline.Describe);
        Assert.Equal(stage, report!.Stage);
        Assert.True(report.Duration >= s_soon);
        Assert.Contains("batch 0", report.Report, StringComparison.Ordinal);

        // The next one comes when the time has doubled.
        Bounded.Until("a second report", () => pipeline.TryTakeStall(out report), pipeline.Describe);
        Assert.True(report!.Duration >= s_soon * 2);
        stall.Set();
        Assert.Equal(8, Drain(pipeline).Outcomes.Count);
    }

    [Theory]
    [InlineData(true, "loader")]
    [InlineData(false, "worker")]
    public void A_stage_that_hangs_ends_the_run_after_the_timeout_though_its_call_never_returns(bool inLoader, string stage)
    {
        var leaks = new LeakCheck();
        using var stall = new ManualResetEventSlim();
        using (var pipeline = Start(
            inLoader, stall, new PipelineOptions { StallWarning = s_soon, StallTimeout = s_soon * 3, EndTimeout = s_soon }))
        {
            Submit(pipeline);
            var result = Drain(pipeline);
            var fault = Assert.IsType<EgressException>(result.Reason);
            Assert.Equal((EgressErrorId.StageStalled, stage), (fault.ErrorId, fault.Target));
            Assert.True(pipeline.IsAbandoned);
            Assert.True(pipeline.TryTakeStall(out _));

            // Disposing does not wait for the call either.
            Bounded.Run("disposing", pipeline.Dispose, pipeline.Describe);
            stall.Set();
        }

        // Once the call has returned after all, its thread gives everything back.
        LeakCheck.AssertThreads(0);
        leaks.AssertNothingLeft();
    }

    [Fact]
    public void A_cancelled_run_does_not_wait_for_a_call_that_does_not_return()
    {
        using var stall = new ManualResetEventSlim();
        using var pipeline = Start(false, stall, new PipelineOptions { EndTimeout = s_soon });
        Submit(pipeline);
        pipeline.Cancel();
        Assert.IsType<OperationCanceledException>(Drain(pipeline).Reason);
        Bounded.Run("disposing", pipeline.Dispose, pipeline.Describe);
        stall.Set();
        LeakCheck.AssertThreads(0);
    }

    [Fact]
    public void Waiting_for_the_caller_is_no_stall()
    {
        using var stall = new ManualResetEventSlim(initialState: true);
        using var pipeline = Start(false, stall, new PipelineOptions { StallWarning = s_soon / 4, StallTimeout = s_soon });

        // No items for long, then outcomes that nobody takes for long.
        Thread.Sleep(s_soon * 2);
        Submit(pipeline);
        Thread.Sleep(s_soon * 2);
        Assert.Equal(8, Drain(pipeline).Outcomes.Count);
    }

    private static BatchPipeline<MarkedItem, bool> Start(bool inLoader, ManualResetEventSlim stall, PipelineOptions options)
    {
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        return new BatchPipeline<MarkedItem, bool>(
            options with { BatchSize = 2 }, [lane],
            inLoader ? new StallingLoader(stall) : new MarkLoader(), inLoader ? new MarkChecker() : new StallingChecker(stall));
    }

    private static void Submit(BatchPipeline<MarkedItem, bool> pipeline)
    {
        for (var item = 0; item < 8; item++)
        {
            Assert.True(pipeline.TrySubmit(new MarkedItem(item)));
        }

        pipeline.CompleteInput();
    }

    private static DriverResult Drain(BatchPipeline<MarkedItem, bool> pipeline)
    {
        var outcomes = new List<ItemOutcome<MarkedItem, bool>>();
        try
        {
            PipelineDriver.Drain(pipeline, outcomes);
            return new DriverResult(outcomes, null);
        }
        catch (Exception reason) when (reason is EgressException or OperationCanceledException)
        {
            return new DriverResult(outcomes, reason);
        }
    }

    private sealed class StallingLoader(ManualResetEventSlim stall) : IItemLoader<MarkedItem>
    {
        private readonly MarkLoader _loader = new();

        public void Load(MarkedItem item, Span<byte> slot, CancellationToken cancellationToken)
        {
            // As a system call would: it knows no token.
            stall.Wait(CancellationToken.None);
            _loader.Load(item, slot, cancellationToken);
        }
    }

    private sealed class StallingChecker(ManualResetEventSlim stall) : IOutputProcessor<MarkedItem, bool>
    {
        private readonly MarkChecker _checker = new();

        public void Process(OutputBatch<MarkedItem, bool> batch, CancellationToken cancellationToken)
        {
            stall.Wait(CancellationToken.None);
            _checker.Process(batch, cancellationToken);
        }
    }
}

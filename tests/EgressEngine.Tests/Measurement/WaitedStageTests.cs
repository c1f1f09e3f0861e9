using Egress.Devices.Simulated;
using Egress.Measurement;
using Egress.Models;
using Egress.Pipeline;
using Egress.Tests.Pipeline;

namespace Egress.Tests.Measurement;

/// <summary>What a run waited for, on work that is built to wait for it.</summary>
public sealed class WaitedStageTests
{
    private const int Steps = 20;

    // The largest is four times as large as the others and more: a slow machine adds to all of them alike.
    public static TheoryData<LimitingStage, string> BoundWork
    {
        get
        {
            var rows = new TheoryData<LimitingStage, string>();
            foreach (var strategy in EgressStrategy.All)
            {
                foreach (var stage in Enum.GetValues<LimitingStage>().Where(stage => stage != LimitingStage.Unknown))
                {
                    rows.Add(stage, strategy.Name);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(BoundWork))]
    public void Each_of_the_five_is_named_where_the_run_waits_for_it(LimitingStage stage, string strategy)
    {
        double Milliseconds(LimitingStage of) => of == stage ? 16 : 3;
        var timing = SimulatedLanes.Timing(
            Milliseconds(LimitingStage.Compute), Milliseconds(LimitingStage.CopyOut), copyIn: Milliseconds(LimitingStage.CopyIn));
        Assert.Equal(
            stage,
            Measure(EgressStrategy.Parse(strategy), timing, Milliseconds(LimitingStage.Input), Milliseconds(LimitingStage.Processing)));
    }

    [Fact]
    public void Copies_into_fresh_memory_are_named_although_pinned_ones_would_be_fast()
    {
        var timing = SimulatedLanes.Timing(compute: 6, copy: 1, fresh: 18, copyIn: 1);
        Assert.Equal(LimitingStage.CopyOut, Measure(EgressStrategy.Baseline, timing, loading: 1, processing: 2));
        Assert.Equal(LimitingStage.CopyOut, Measure(EgressStrategy.MultiWorker, timing, loading: 1, processing: 2));
        Assert.Equal(LimitingStage.Compute, Measure(EgressStrategy.Pipelined, timing, loading: 1, processing: 2));
    }

    [Fact]
    public void Workers_that_are_slower_in_the_run_than_alone_are_named()
    {
        // Alone, computation is slower: 10 steps a second against 20. In the run the workers took all the time there was.
        var limits = new ThroughputLimits(Compute: 10, CopyOut: 50, CopyIn: 50, Processing: 20, Input: 50);
        var options = new PipelineOptions { WorkerCount = 2 };
        Assert.Equal(LimitingStage.Processing, Find(limits, Times((PipelineStage.Process, 1.98)), options, steps: 8));
        Assert.Equal(LimitingStage.Compute, Find(limits, Times((PipelineStage.Process, 1.2)), options, steps: 8));
    }

    [Fact]
    public void Several_devices_share_the_work_between_them()
    {
        // Two devices manage 20 steps a second together: each took 8 of its 10, and waited as long again for its copies.
        var limits = new ThroughputLimits(Compute: 20, CopyOut: 500, CopyIn: 500, Processing: 200, Input: 200);
        var options = new PipelineOptions { Strategy = EgressStrategy.BufferPool };
        var times = Times((PipelineStage.Compute, 0.1), (PipelineStage.CopyOut, 1.8));
        Assert.Equal(LimitingStage.CopyOut, Find(limits, times, options, steps: 8, lanes: 2));
        times = Times((PipelineStage.Compute, 0.1), (PipelineStage.CopyOut, 1.0));
        Assert.Equal(LimitingStage.Compute, Find(limits, times, options, steps: 8, lanes: 2));
    }

    private static LimitingStage Find(ThroughputLimits limits, StageTimes times, PipelineOptions options, int steps, int lanes = 1) =>
        WaitedStage.Find(limits, times, options, lanes, steps, seconds: 1);

    /// <summary>Times in seconds of a window of one second.</summary>
    private static StageTimes Times(params (PipelineStage Stage, double Seconds)[] entries)
    {
        var times = new StageTimes();
        times.Open(0);
        foreach (var (stage, seconds) in entries)
        {
            times.Add(stage, 0, SimulatedClock.Ticks(TimeSpan.FromSeconds(seconds)));
        }

        return times;
    }

    private static LimitingStage Measure(EgressStrategy strategy, SimulatedTiming timing, double loading, double processing)
    {
        var options = new PipelineOptions { Strategy = strategy, BufferCount = 4 };
        var throughput = new ThroughputOptions { WarmupSteps = 4, Steps = Steps, CooldownSteps = 1 };
        using var device = new SimulatedDevice(timing);
        using var session = new SimulatedSession(device, SimulatedLanes.Input, SimulatedLanes.Output);
        PipelineLane[] lanes = [new PipelineLane(device, session)];
        var loader = new SlowLoader(TimeSpan.FromMilliseconds(loading));
        var processor = new MarkChecker(processing: TimeSpan.FromMilliseconds(processing));
        using var window = new StepWindow(throughput, lanes);
        using (var pipeline = new BatchPipeline<MarkedItem, bool>(options, lanes, loader, processor, window))
        {
            Assert.Equal(throughput.TotalSteps, PipelineDriver.Run(pipeline, throughput.TotalSteps).Outcomes.Count);
        }

        var limits = new LimitMeter<MarkedItem, bool>(
            options, lanes, loader, processor, number => new MarkedItem(number), new LimitCache(), TestContext.Current.CancellationToken).Measure(5);
        return WaitedStage.Find(limits, window.StageTimes, options, lanes.Length, Steps, window.Seconds);
    }

    private sealed class SlowLoader(TimeSpan duration) : IItemLoader<MarkedItem>
    {
        private readonly MarkLoader _inner = new();

        public void Load(MarkedItem item, Span<byte> slot, CancellationToken cancellationToken)
        {
            SimulatedClock.WaitUntil(SimulatedClock.Now + SimulatedClock.Ticks(duration), cancellationToken);
            _inner.Load(item, slot, cancellationToken);
        }
    }
}

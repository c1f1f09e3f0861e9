using System.Diagnostics;
using Egress.Devices.Simulated;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>A cancel at any moment ends the run at the next batch boundary, with all that was committed and nothing left behind.</summary>
public sealed class CancelTests
{
    private const int Workers = 2;

    public static TheoryData<string> Strategies => StrategyTests.Strategies;

    [Theory]
    [MemberData(nameof(Strategies))]
    public void A_cancel_from_another_thread_stops_at_the_next_batch_and_reports_what_was_committed(string name)
    {
        // One batch takes 8 ms at most; the cancels come between nothing and some fifteen batches.
        var leaks = new LeakCheck();
        var random = new Random(name.Length);
        var times = new List<double>();
        for (var i = 0; i < 15; i++)
        {
            times.Add(CancelAfter(EgressStrategy.Parse(name), TimeSpan.FromMilliseconds(random.Next(60))));
        }

        leaks.AssertNothingLeft();
        times.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {times[times.Count / 2]:0.0} ms from cancel to end, {times[^1]:0.0} ms at most");
        Assert.InRange(times[times.Count / 2], 0, 1000);
    }

    [Theory]
    [InlineData("lanes")]
    [InlineData("processing")]
    [InlineData("consumer")]
    public void A_cancel_wakes_every_wait(string held)
    {
        // All before the place that is held up fills up and waits for room; all after it waits for something to do.
        var leaks = new LeakCheck();
        foreach (var strategy in EgressStrategy.All)
        {
            using var device = new SimulatedDevice(SimulatedLanes.Timing(0, 0));
            using var gate = new ManualResetEventSlim();
            var probe = new StageProbe(new MarkChecker())
            {
                OnStep = token => { if (held == "lanes") { gate.Wait(token); } },
                OnProcess = token => { if (held == "processing") { gate.Wait(token); } },
            };
            using var pipeline = Start(strategy, device, probe, new WorkJournal());
            FillUntilNothingMoves(pipeline);

            pipeline.Cancel();

            var end = Bounded.Start("a cancelled run", () => PipelineDriver.Drain(pipeline, []), pipeline.Describe);
            Assert.IsType<OperationCanceledException>(end.Error);
        }

        leaks.AssertNothingLeft();
    }

    [Fact]
    public void A_cancel_wakes_who_waits_for_an_outcome()
    {
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        using var pipeline = new BatchPipeline<MarkedItem, bool>(new PipelineOptions(), [lane], new MarkLoader(), new MarkChecker());
        var taker = Bounded.Start("waiting for an outcome", () => pipeline.TryTake(out _, -1), pipeline.Describe);

        pipeline.Cancel();

        Assert.IsType<OperationCanceledException>(taker.Error);
    }

    [Fact]
    public void A_cancel_after_the_end_changes_nothing()
    {
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        var pipeline = new BatchPipeline<MarkedItem, bool>(new PipelineOptions(), [lane], new MarkLoader(), new MarkChecker());
        Assert.Equal(10, PipelineDriver.Run(pipeline, 10).Outcomes.Count);

        pipeline.Cancel();
        Assert.False(pipeline.TryTake(out _, 0));
        Assert.True(pipeline.IsCompleted);

        pipeline.Dispose();
        pipeline.Cancel();
    }

    [Fact]
    public void A_loaders_own_callback_that_fails_does_not_get_in_the_way_of_the_cancel()
    {
        var leaks = new LeakCheck();
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        using var registered = new CountdownEvent(1);
        var probe = new StageProbe(new MarkChecker())
        {
            OnProcess = token =>
            {
                token.Register(() => throw new InvalidOperationException("a callback's own failure"));
                registered.Signal();
                token.WaitHandle.WaitOne();
            },
        };
        using (var pipeline = new BatchPipeline<MarkedItem, bool>(new PipelineOptions(), [lane], new MarkLoader(), probe))
        {
            Assert.True(pipeline.TrySubmit(new MarkedItem(0)));
            Assert.True(registered.Wait(Bounded.HangLimit, TestContext.Current.CancellationToken), pipeline.Describe());

            pipeline.Cancel();

            Bounded.Run("a cancelled run", () => Assert.Throws<OperationCanceledException>(() => pipeline.TryTake(out _, -1)), pipeline.Describe);
        }

        leaks.AssertNothingLeft();
    }

    [Fact]
    public void A_stop_that_a_stage_asks_for_is_no_fault_and_a_fault_is_no_stop()
    {
        // A stage may throw the same exception for reasons of its own, a timeout of a request for example.
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        var probe = new StageProbe(new MarkChecker()) { OnProcess = _ => throw new OperationCanceledException("a request timed out") };
        using var pipeline = new BatchPipeline<MarkedItem, bool>(new PipelineOptions(), [lane], new MarkLoader(), probe);

        var reason = Assert.IsType<EgressException>(PipelineDriver.Run(pipeline, 10).Reason);

        Assert.Equal(EgressErrorId.PipelineFault, reason.ErrorId);
        Assert.Equal("a request timed out", reason.InnerException?.Message);
    }

    [Fact]
    public void A_stage_that_finds_no_memory_for_its_objects_is_a_lack_of_memory_and_no_error_of_the_engine()
    {
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        var probe = new StageProbe(new MarkChecker()) { OnProcess = _ => throw new InsufficientMemoryException("no room") };
        using var pipeline = new BatchPipeline<MarkedItem, bool>(new PipelineOptions(), [lane], new MarkLoader(), probe);

        var reason = Assert.IsType<EgressException>(PipelineDriver.Run(pipeline, 10).Reason);

        Assert.Equal((EgressErrorId.HostMemoryExhausted, EgressErrorCategory.ResourceUnavailable), (reason.ErrorId, reason.Category));
        Assert.Equal("the worker stage", reason.Target);
        Assert.Contains("no room", reason.Message, StringComparison.Ordinal);
    }

    private static BatchPipeline<MarkedItem, bool> Start(EgressStrategy strategy, SimulatedDevice device, StageProbe probe, WorkJournal journal)
    {
        var session = new SimulatedSession(device, SimulatedLanes.Input, SimulatedLanes.Output);
        return new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions { Strategy = strategy, BatchSize = 3, WorkerCount = Workers, LoaderCount = 2 },
            [new PipelineLane(device, session)], new MarkLoader(journal: journal), probe, probe);
    }

    /// <summary>Submits until there has been no room for some time: the moment of the cancel, and nothing that is asserted.</summary>
    private static void FillUntilNothingMoves(BatchPipeline<MarkedItem, bool> pipeline)
    {
        var (number, last) = (0, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(last) < TimeSpan.FromMilliseconds(100))
        {
            if (pipeline.TrySubmit(new MarkedItem(number)))
            {
                number++;
                last = Stopwatch.GetTimestamp();
            }
            else
            {
                Thread.Sleep(1);
            }
        }
    }

    /// <summary>Returns the milliseconds from the cancel to the end of the run.</summary>
    private static double CancelAfter(EgressStrategy strategy, TimeSpan delay)
    {
        var journal = new WorkJournal();
        using var device = new SimulatedDevice(SimulatedLanes.Timing(3, 2));
        var probe = new StageProbe(new MarkChecker(processing: TimeSpan.FromMilliseconds(3), journal: journal));
        using var pipeline = Start(strategy, device, probe, journal);
        var outcomes = new List<ItemOutcome<MarkedItem, bool>>();
        var (steps, processings, cancelled) = (0, 0, 0L);
        var canceller = Bounded.Start("cancelling", () =>
        {
            Thread.Sleep(delay);
            pipeline.Cancel();
            (steps, processings, cancelled) = (probe.Steps, probe.Processings, Stopwatch.GetTimestamp());
        });

        Assert.Throws<OperationCanceledException>(() => PipelineDriver.Submit(pipeline, 0, long.MaxValue, outcomes));

        var ended = Stopwatch.GetTimestamp();
        canceller.Join();
        journal.AssertReported(outcomes, $"{strategy} cancelled after {delay}");

        // One that had passed its last look at the token may still begin; the next look ends it.
        Assert.InRange(probe.Steps - steps, 0, 1);
        Assert.InRange(probe.Processings - processings, 0, Workers);
        return Math.Max(0, Stopwatch.GetElapsedTime(cancelled, ended).TotalMilliseconds);
    }
}

using Egress.Buffers;
using Egress.Devices.Simulated;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>A run can be disposed at any moment and from any thread but its own, and leaves nothing behind.</summary>
public sealed class DisposeTests
{
    public static TheoryData<string> Strategies => StrategyTests.Strategies;

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Disposed_in_the_middle_it_leaves_nothing(string name)
    {
        var leaks = new LeakCheck();
        using (var device = new SimulatedDevice(SimulatedLanes.Timing(0.5, 0.3)))
        {
            using var pool = new HostBufferPool(2, 3 * SimulatedLanes.Output.Bytes, bytes => device.AllocateHost(bytes, HostMemoryKind.Pinned));
            for (var items = 0; items < 60; items += 4)
            {
                var pipeline = Start(device, EgressStrategy.Parse(name), pool);
                PipelineDriver.Submit(pipeline, 0, items, []);
                Bounded.Run("disposing", pipeline.Dispose, pipeline.Describe);
                Assert.Equal(2, pool.Available);
            }

            pool.Remove();
        }

        leaks.AssertNothingLeft();
    }

    [Fact]
    public void Disposed_before_anything_was_submitted_it_leaves_nothing()
    {
        var leaks = new LeakCheck();
        using (var device = new SimulatedDevice(SimulatedLanes.Timing(0, 0)))
        {
            var pipeline = Start(device, EgressStrategy.Pipelined);
            Bounded.Run("disposing", pipeline.Dispose, pipeline.Describe);
        }

        leaks.AssertNothingLeft();
    }

    [Fact]
    public void Disposing_twice_or_at_once_from_many_threads_does_it_once()
    {
        // Each dispose that took effect would end the run's use of the pool, and the pool would count below zero: it could be
        // removed under the next run.
        using var device = new SimulatedDevice(SimulatedLanes.Timing(0.5, 0.3));
        using var pool = new HostBufferPool(2, 3 * SimulatedLanes.Output.Bytes, bytes => device.AllocateHost(bytes, HostMemoryKind.Pinned));
        for (var round = 0; round < 20; round++)
        {
            var pipeline = Start(device, EgressStrategy.Pipelined, pool);
            PipelineDriver.Submit(pipeline, 0, 20, []);

            var disposers = Enumerable.Range(0, 4).Select(_ => Bounded.Start("disposing", () =>
            {
                pipeline.Dispose();

                // Whoever comes back may rely on it.
                Assert.Equal(2, pool.Available);
            }, pipeline.Describe)).ToArray();

            Assert.All(disposers, disposer => disposer.Join());
            pipeline.Dispose();
        }

        using (Start(device, EgressStrategy.Pipelined, pool))
        {
            Assert.Equal(EgressErrorId.BufferPoolUnavailable, Assert.Throws<EgressException>(pool.Remove).ErrorId);
        }

        pool.Remove();
    }

    [Fact]
    public void Who_waits_for_an_outcome_learns_that_the_run_was_disposed()
    {
        using var device = new SimulatedDevice(SimulatedLanes.Timing(1, 0.5));
        for (var round = 0; round < 30; round++)
        {
            var journal = new WorkJournal();
            var pipeline = Start(device, EgressStrategy.Pipelined, journal: journal);
            var outcomes = new List<ItemOutcome<MarkedItem, bool>>();
            for (var number = 0; number < 30; number++)
            {
                Assert.True(pipeline.TrySubmit(new MarkedItem(number)));
            }

            // It waits without a limit, so only the run's end can wake it.
            var taker = Bounded.Start(
                "waiting for outcomes",
                () =>
                {
                    while (pipeline.TryTake(out var outcome, -1))
                    {
                        outcomes.Add(outcome);
                    }
                },
                pipeline.Describe);
            Thread.Sleep(round % 10);

            Bounded.Run("disposing", pipeline.Dispose, pipeline.Describe);

            var error = taker.Error;
            Assert.True(error is OperationCanceledException or ObjectDisposedException, $"The end is {error}.");

            // It came to the next call after the dispose, or it got everything that was committed.
            if (error is ObjectDisposedException disposed)
            {
                Assert.Equal(pipeline.GetType().FullName, disposed.ObjectName);
            }
            else
            {
                journal.AssertReported(outcomes, $"round {round}");
            }
        }
    }

    [Fact]
    public void A_disposed_run_takes_and_gives_nothing()
    {
        using var device = new SimulatedDevice(SimulatedLanes.Timing(0, 0));
        var pipeline = Start(device, EgressStrategy.Pipelined);
        pipeline.Dispose();

        var item = new MarkedItem(0);
        Assert.Throws<ObjectDisposedException>(() => pipeline.TrySubmit(item));
        Assert.Throws<ObjectDisposedException>(() => pipeline.TrySubmitDone(new ItemOutcome<MarkedItem, bool>(item, true, null)));
        Assert.Throws<ObjectDisposedException>(() => pipeline.TryTake(out _, -1));
        Assert.Throws<ObjectDisposedException>(pipeline.CompleteInput);
        pipeline.Cancel();
        pipeline.Dispose();
    }

    [Fact]
    public void A_stage_that_disposes_its_own_run_is_told_off_instead_of_waiting_for_itself()
    {
        using var device = new SimulatedDevice(SimulatedLanes.Timing(0, 0));
        BatchPipeline<MarkedItem, bool>? pipeline = null;
        using var session = new SimulatedSession(device, SimulatedLanes.Input, SimulatedLanes.Output);
        var probe = new StageProbe(new MarkChecker()) { OnProcess = _ => pipeline!.Dispose() };
        using (pipeline = new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions(), [new PipelineLane(device, session)], new MarkLoader(), probe))
        {
            Exception? reason = null;
            Bounded.Run("the run", () => reason = PipelineDriver.Run(pipeline, 10).Reason, pipeline.Describe);
            Assert.IsType<InvalidOperationException>(Assert.IsType<EgressException>(reason).InnerException);
        }
    }

    private static BatchPipeline<MarkedItem, bool> Start(
        SimulatedDevice device, EgressStrategy strategy, HostBufferPool? pool = null, WorkJournal? journal = null)
    {
        var session = new SimulatedSession(device, SimulatedLanes.Input, SimulatedLanes.Output);
        return new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions { Strategy = strategy, BatchSize = 3, WorkerCount = 2, LoaderCount = 2, BufferPool = pool },
            [new PipelineLane(device, session)], new MarkLoader(journal: journal), new MarkChecker(journal: journal));
    }
}

using Egress.Buffers;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>What a strategy takes of the process: threads and host memory.</summary>
public sealed class StrategyResourcesTests
{
    public static TheoryData<string> Strategies => StrategyTests.Strategies;

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Strategies_take_exactly_the_memory_and_threads_of_their_row(string name)
    {
        var strategy = EgressStrategy.Parse(name);
        var leaks = new LeakCheck();
        var before = HostMemory.HeldBlocks;
        var kinds = new HashSet<HostMemoryKind>();
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0), (device, session) => new PipelineLane(new RecordingDevice(device, kinds), session));
        var workers = new ThreadRecorder();
        using (var pipeline = new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions { Strategy = strategy, BufferCount = 3, WorkerCount = 2 }, [lane], new MarkLoader(), workers))
        {
            // A watchdog, a batcher, a loader, ingress and inference; an event monitor where there are events; workers where there are any.
            LeakCheck.AssertThreads(
                5 + (strategy.Completion == CopyCompletion.Event ? 1 : 0) + (strategy.Processing == OutputProcessing.Workers ? 2 : 0));

            PipelineDriver.Run(pipeline, 50);
            kinds.Remove(HostMemoryKind.Pinned);
            if (strategy.Memory == HostMemoryKind.Pinned)
            {
                Assert.Empty(kinds);
            }
            else
            {
                Assert.Equal([strategy.Memory], kinds);
            }

            // Input buffers are pinned whatever the strategy; output buffers come from a pool or one a batch.
            Assert.Equal(3 + (strategy.UsesPool ? 3 : 0), HostMemory.HeldBlocks - before);
        }

        Assert.Equal(strategy.Processing == OutputProcessing.Workers, workers.Names.All(thread => thread == "Egress worker"));
        leaks.AssertNothingLeft();
    }
}

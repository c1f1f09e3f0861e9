using Egress.Devices.Cpu;
using Egress.Devices.Simulated;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

public class StrategyTests
{
    public static TheoryData<string> Strategies => [.. EgressStrategy.All.Select(strategy => strategy.Name)];

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Every_item_comes_out_once_in_order_with_its_own_bytes(string name)
    {
        using var device = new SimulatedDevice(SimulatedLanes.Timing(0.2, 0.1));
        using var session = new SimulatedSession(device, SimulatedLanes.Input, SimulatedLanes.Output);
        using var pipeline = new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions { Strategy = EgressStrategy.Parse(name), BatchSize = 4, LoaderCount = 3, WorkerCount = 3, BufferCount = 3 },
            [new PipelineLane(device, session)], new MarkLoader(), new MarkChecker());

        var result = PipelineDriver.Run(pipeline, 403);

        Assert.Null(result.Reason);
        Assert.Equal(Enumerable.Range(0, 403).Select(i => (long)i), result.Outcomes.Select(outcome => outcome.Item.Number));
        Assert.All(result.Outcomes, outcome => Assert.True(outcome.Result, $"item {outcome.Item.Number}"));
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void A_bad_item_fails_alone_and_keeps_its_place(string name)
    {
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        using var pipeline = new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions { Strategy = EgressStrategy.Parse(name), BatchSize = 3, WorkerCount = 2 },
            [lane], new MarkLoader(new FaultPlan(1) { BadItemEvery = 2 }), new MarkChecker());

        var result = PipelineDriver.Run(pipeline, 100);

        Assert.Null(result.Reason);
        Assert.Equal(100, result.Outcomes.Count);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(i, result.Outcomes[i].Item.Number);
            Assert.Equal(i % 2 == 1 ? EgressErrorId.PictureDamaged : null, result.Outcomes[i].Error?.ErrorId);
            Assert.Equal(i % 2 == 0, result.Outcomes[i].Result);
        }
    }

    [Fact]
    public void A_batch_of_bad_items_only_is_not_computed()
    {
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        var checker = new MarkChecker();
        using var pipeline = new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions { BatchSize = 5 }, [lane], new MarkLoader(new FaultPlan(1) { BadItemEvery = 1 }), checker);

        var result = PipelineDriver.Run(pipeline, 23);

        Assert.Equal(23, result.Outcomes.Count(outcome => outcome.Error is not null));
        Assert.Equal(0, checker.Batches);
    }

    [Fact]
    public void Items_that_are_done_already_keep_their_place_and_take_no_buffer()
    {
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        using var pipeline = new BatchPipeline<MarkedItem, bool>(new PipelineOptions { BatchSize = 4 }, [lane], new MarkLoader(), new MarkChecker());
        var outcomes = new List<long>();

        for (var i = 0; i < 5000; i++)
        {
            var item = new MarkedItem(i);
            while (!(i % 10 == 0 ? pipeline.TrySubmit(item) : pipeline.TrySubmitDone(new ItemOutcome<MarkedItem, bool>(item, true, null))))
            {
                if (pipeline.TryTake(out var outcome, 10))
                {
                    outcomes.Add(outcome.Item.Number);
                }
            }
        }

        pipeline.CompleteInput();
        while (pipeline.TryTake(out var outcome, -1))
        {
            outcomes.Add(outcome.Item.Number);
        }

        Assert.Equal(Enumerable.Range(0, 5000).Select(i => (long)i), outcomes);
    }

    [Fact]
    public void Nothing_in_comes_to_an_end_with_nothing_out()
    {
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        using var pipeline = new BatchPipeline<MarkedItem, bool>(new PipelineOptions(), [lane], new MarkLoader(), new MarkChecker());
        Assert.Empty(PipelineDriver.Run(pipeline, 0).Outcomes);
    }

    [Fact]
    public void Several_lanes_share_one_queue_and_keep_the_order()
    {
        // One device is four times as fast: both must get work, and the order must hold.
        var fast = SimulatedLanes.Create(SimulatedLanes.Timing(1, 0.1));
        var slow = SimulatedLanes.Create(SimulatedLanes.Timing(4, 0.1));
        var counts = new CountingObserver();
        using var pipeline = new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions { BatchSize = 2, BufferCount = 4, WorkerCount = 2 }, [fast, slow], new MarkLoader(), new MarkChecker(), counts);

        var result = PipelineDriver.Run(pipeline, 200);

        Assert.Equal(Enumerable.Range(0, 200).Select(i => (long)i), result.Outcomes.Select(outcome => outcome.Item.Number));
        Assert.All(result.Outcomes, outcome => Assert.True(outcome.Result));
        Assert.Equal(100, counts.Count(PipelineStage.Compute));
        Assert.Equal(2, counts.StepsFromZero);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void On_the_cpu_bytes_cross_a_real_copy_stream(string name)
    {
        using var device = new CpuDevice();
        using var session = new XorSession(4096);
        using var pipeline = new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions { Strategy = EgressStrategy.Parse(name), BatchSize = 8, LoaderCount = 2, WorkerCount = 2, BufferCount = 2 },
            [new PipelineLane(device, session)], new PatternLoader(), new PatternChecker());

        var result = PipelineDriver.Run(pipeline, 1000);

        Assert.Null(result.Reason);
        Assert.Equal(1000, result.Outcomes.Count);
        Assert.All(result.Outcomes, outcome => Assert.True(outcome.Result, $"item {outcome.Item.Number}"));
        Assert.Equal(0, session.LiveOutputs);
    }
}

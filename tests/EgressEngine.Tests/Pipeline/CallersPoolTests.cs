using Egress.Buffers;
using Egress.Devices;
using Egress.Devices.Simulated;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>A pool of the caller's serves one run after the other, and several at once.</summary>
public sealed class CallersPoolTests
{
    private const int BatchSize = 4;

    [Fact]
    public void Two_runs_at_once_share_a_pool()
    {
        var leaks = new LeakCheck();
        for (var buffers = 1; buffers <= 4; buffers++)
        {
            using var pool = CreatePool(buffers);
            for (var round = 0; round < 5; round++)
            {
                var runs = new[] { EgressStrategy.Pipelined, EgressStrategy.BufferPool, EgressStrategy.AsyncCopy }
                    .Select((strategy, seed) => Bounded.Start(
                        $"a run over a shared pool of {buffers}",
                        () => RunOver(pool, strategy, new FaultPlan(seed) { MaxDelayMicroseconds = 100 }, expectFault: false)))
                    .ToList();
                runs.ForEach(run => run.Join());
                Assert.Equal(buffers, pool.Available);
            }

            pool.Remove();
        }

        leaks.AssertNothingLeft();
    }

    [Fact]
    public void A_run_that_fails_gives_its_buffers_back_to_the_other()
    {
        using var pool = CreatePool(2);
        for (var passage = 1; passage <= 10; passage++)
        {
            var plan = new FaultPlan(passage) { FaultAt = FaultPoint.EventWait, FaultAtPassage = passage * 5 };
            var failing = Bounded.Start("the failing run", () => RunOver(pool, EgressStrategy.Pipelined, plan, expectFault: true));
            RunOver(pool, EgressStrategy.Pipelined, new FaultPlan(1), expectFault: false);
            failing.Join();
            Assert.Equal(2, pool.Available);
        }
    }

    [Fact]
    public void A_run_whose_consumer_rests_holds_no_buffer_of_the_other()
    {
        using var pool = CreatePool(1);
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        using var resting = Start(pool, lane, EgressStrategy.Pipelined, new WorkJournal(), new FaultPlan(1));
        BackPressureTests.Fill(resting);

        RunOver(pool, EgressStrategy.Pipelined, new FaultPlan(1), expectFault: false);
    }

    [Fact]
    public void A_buffer_is_back_before_its_outcome_is_taken()
    {
        // Who has taken an outcome may count on its buffer.
        using var pool = CreatePool(1);
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        using var pipeline = Start(pool, lane, EgressStrategy.Pipelined, new WorkJournal(), new FaultPlan(1) { MaxDelayMicroseconds = 50 });
        for (var number = 0; number < 200 * BatchSize; number++)
        {
            Assert.True(pipeline.TrySubmit(new MarkedItem(number)));
            if (number % BatchSize == BatchSize - 1)
            {
                Assert.True(pipeline.TryTake(out _, -1));
                Assert.Equal(1, pool.Available);
                for (var i = 1; i < BatchSize; i++)
                {
                    Assert.True(pipeline.TryTake(out _, -1));
                }
            }
        }
    }

    [Fact]
    public void A_pool_with_smaller_buffers_than_a_batch_is_refused()
    {
        using var pool = new HostBufferPool(
            2, (BatchSize * SimulatedLanes.Output.Bytes) - 1, bytes => HostBlock.Allocate(bytes, HostMemoryKind.Pageable));
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));

        var error = Assert.Throws<EgressException>(() => Start(pool, lane, EgressStrategy.Pipelined, new WorkJournal(), new FaultPlan(1)));

        Assert.Equal(EgressErrorId.BufferPoolTooSmall, error.ErrorId);
        Assert.Same(pool, error.Target);
        Assert.Contains($"-BufferSize {BatchSize * SimulatedLanes.Output.Bytes},", error.Advice, StringComparison.Ordinal);

        // It is not in use.
        pool.Remove();
    }

    [Fact]
    public void A_pool_with_larger_buffers_serves()
    {
        using var pool = new HostBufferPool(
            2, 3 * BatchSize * SimulatedLanes.Output.Bytes, bytes => HostBlock.Allocate(bytes, HostMemoryKind.Pageable));
        RunOver(pool, EgressStrategy.Pipelined, new FaultPlan(1), expectFault: false);
    }

    [Fact]
    public void A_removed_pool_is_refused()
    {
        var leaks = new LeakCheck();
        var pool = CreatePool(2);
        pool.Remove();
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));

        var error = Assert.Throws<EgressException>(() => Start(pool, lane, EgressStrategy.Pipelined, new WorkJournal(), new FaultPlan(1)));

        Assert.Equal(EgressErrorId.BufferPoolUnavailable, error.ErrorId);
        leaks.AssertNothingLeft();
    }

    [Fact]
    public void A_pool_that_is_disposed_under_a_run_ends_the_run_and_no_buffer_is_freed_under_a_copy()
    {
        var leaks = new LeakCheck();
        for (var round = 0; round < 20; round++)
        {
            using var device = new SimulatedDevice(SimulatedLanes.Timing(0.3, 0.5));
            using var session = new SimulatedSession(device, SimulatedLanes.Input, SimulatedLanes.Output);
            var pool = CreatePool(2);
            var journal = new WorkJournal();
            using var pipeline = Start(pool, new PipelineLane(device, session), EgressStrategy.Pipelined, journal, new FaultPlan(1));
            var outcomes = new List<ItemOutcome<MarkedItem, bool>>();
            var disposeAt = round * 3;

            var run = Bounded.Start("the run", () => PipelineDriver.Submit(pipeline, 0, long.MaxValue, outcomes, number =>
            {
                if (number == disposeAt)
                {
                    pool.Dispose();
                }
            }), pipeline.Describe);

            Assert.Equal(EgressErrorId.BufferPoolUnavailable, Assert.IsType<EgressException>(run.Error).ErrorId);
            journal.AssertReported(outcomes, $"round {round}");
        }

        leaks.AssertNothingLeft();
    }

    [Fact]
    public void A_pool_in_use_cannot_be_removed()
    {
        using var pool = CreatePool(2);
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        using (Start(pool, lane, EgressStrategy.Pipelined, new WorkJournal(), new FaultPlan(1)))
        {
            Assert.Equal(EgressErrorId.BufferPoolUnavailable, Assert.Throws<EgressException>(pool.Remove).ErrorId);
        }

        pool.Remove();
    }

    [Theory]
    [InlineData("AsyncCopy")]
    [InlineData("Pipelined")]
    public void On_a_gpu_an_asynchronous_strategy_refuses_a_pool_that_is_not_pinned(string strategy)
    {
        using var pool = CreatePool(2);
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0), (device, session) => new PipelineLane(new SeemingGpu(device), session));

        var error = Assert.Throws<EgressException>(
            () => Start(pool, lane, EgressStrategy.Parse(strategy), new WorkJournal(), new FaultPlan(1)));

        Assert.Equal(EgressErrorId.MemoryNotPinned, error.ErrorId);
        pool.Remove();
    }

    private static HostBufferPool CreatePool(int count) =>
        new(count, BatchSize * SimulatedLanes.Output.Bytes, bytes => HostBlock.Allocate(bytes, HostMemoryKind.Pageable));

    private static void RunOver(HostBufferPool pool, EgressStrategy strategy, FaultPlan plan, bool expectFault)
    {
        var journal = new WorkJournal();
        using var device = new SimulatedDevice(SimulatedLanes.Timing(0.1, 0.1));
        using var session = new SimulatedSession(device, SimulatedLanes.Input, SimulatedLanes.Output);
        using var pipeline = Start(pool, new PipelineLane(new FaultyDevice(device, plan), session), strategy, journal, plan);
        var result = PipelineDriver.Run(pipeline, 200);
        journal.AssertReported(result.Outcomes, strategy.Name);
        Assert.Equal(expectFault, result.Reason is not null);
        Assert.Equal(expectFault, result.Outcomes.Count < 200);
    }

    private static BatchPipeline<MarkedItem, bool> Start(
        HostBufferPool pool, PipelineLane lane, EgressStrategy strategy, WorkJournal journal, FaultPlan plan) => new(
        new PipelineOptions { Strategy = strategy, BatchSize = BatchSize, BufferPool = pool, WorkerCount = 2, LoaderCount = 2 },
        [lane], new MarkLoader(plan, journal), new MarkChecker(plan, journal: journal));

    /// <summary>A device that passes for a GPU.</summary>
    private sealed class SeemingGpu(IDevice inner) : IDevice
    {
        public string Name => inner.Name;

        public DeviceKind Kind => DeviceKind.Cuda;

        public IDeviceStream ComputeStream => inner.ComputeStream;

        public IDeviceStream IngressStream => inner.IngressStream;

        public IDeviceStream EgressStream => inner.EgressStream;

        public HostBlock AllocateHost(long bytes, HostMemoryKind kind) => inner.AllocateHost(bytes, kind);

        public void BindThread() => inner.BindThread();

        public void Synchronize() => inner.Synchronize();

        public void Dispose() => inner.Dispose();
    }
}

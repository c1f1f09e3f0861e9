using Egress.Buffers;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>Everything between the producer and the consumer is bounded: who does not take outcomes stops the input.</summary>
public sealed class BackPressureTests
{
    private const int BatchSize = 4;

    // The submission queue of batches this small, and one item in the batcher's hand.
    private const int SubmissionLimit = 64 + 1;

    // A batch of nothing but finished items is closed at this size.
    private const int DoneBatchSize = 256;

    public static TheoryData<string> Strategies => StrategyTests.Strategies;

    [Theory]
    [MemberData(nameof(Strategies))]
    public void While_nobody_takes_the_input_stops_at_the_limit_and_goes_on_afterwards(string name)
    {
        var journal = new WorkJournal();
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        using var pool = new HostBufferPool(
            2, BatchSize * SimulatedLanes.Output.Bytes, bytes => lane.Device.AllocateHost(bytes, HostMemoryKind.Pinned));
        using var pipeline = Start(lane, EgressStrategy.Parse(name), journal, pool);

        // Exactly: every credit is out on a full batch, and the queue before the batcher is full.
        var submitted = (pipeline.BatchLimit * BatchSize) + SubmissionLimit;
        Fill(pipeline, 0, submitted);

        // What cannot go on holds no output buffer, so another run over the same pool would not be held up.
        Bounded.Until("the buffers are back", () => pool.Available == 2, pipeline.Describe);

        // One batch taken makes room for one.
        var outcomes = new List<ItemOutcome<MarkedItem, bool>>();
        for (var i = 0; i < BatchSize; i++)
        {
            Assert.True(pipeline.TryTake(out var outcome, -1));
            outcomes.Add(outcome);
        }

        Fill(pipeline, submitted, BatchSize);
        submitted += BatchSize;

        Bounded.Run("draining", () =>
        {
            PipelineDriver.Submit(pipeline, submitted, 2000, outcomes);
            pipeline.CompleteInput();
            PipelineDriver.Drain(pipeline, outcomes);
        }, pipeline.Describe);
        Assert.Equal(2000, outcomes.Count);
        journal.AssertReported(outcomes, name);
    }

    [Fact]
    public void Items_that_are_done_already_are_bounded_as_well()
    {
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        using var pipeline = Start(lane, EgressStrategy.Pipelined, new WorkJournal());

        FillWith(
            pipeline,
            number => pipeline.TrySubmitDone(new ItemOutcome<MarkedItem, bool>(new MarkedItem(number), true, null)),
            0,
            (pipeline.BatchLimit * DoneBatchSize) + SubmissionLimit);
    }

    [Fact]
    public void A_hundred_thousand_items_take_no_more_memory_than_ten_thousand()
    {
        const int Items = 100_000;
        const int SampleEvery = 100;
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        using var pipeline = new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions { BatchSize = 32, BufferCount = 3, WorkerCount = 2, LoaderCount = 2 }, [lane], new MarkLoader(), new MarkChecker());
        var limit = (pipeline.BatchLimit * 32) + SubmissionLimit;
        var samples = new List<WeakReference>();
        var (taken, wrong, memoryAtTenThousand, heldAtTenThousand) = (0L, 0, 0L, 0L);

        Bounded.Run("the run", () =>
        {
            for (var number = 0; number < Items; number++)
            {
                Submit(pipeline, number, samples, SampleEvery, Take);
                Assert.InRange(number + 1 - taken, 0, limit);
                while (pipeline.TryTake(out var outcome, 0))
                {
                    Take(outcome);
                }

                if (number == 10_000)
                {
                    (memoryAtTenThousand, heldAtTenThousand) = (GC.GetTotalMemory(true), HostMemory.HeldBytes);
                }
            }
        }, pipeline.Describe);

        // The run is still open: what it held on to would be alive.
        Assert.Equal(heldAtTenThousand, HostMemory.HeldBytes);
        var growth = GC.GetTotalMemory(true) - memoryAtTenThousand;
        var alive = samples.Count(sample => sample.IsAlive);
        TestContext.Current.TestOutputHelper?.WriteLine($"{growth} bytes more after 90,000 items; {alive} of {samples.Count} sampled items are alive");
        Assert.InRange(growth, long.MinValue, 1_000_000);
        Assert.InRange(alive, 0, (limit / SampleEvery) + 1);
        Assert.Equal(0, wrong);

        void Take(ItemOutcome<MarkedItem, bool> outcome)
        {
            wrong += outcome.Item.Number == taken && outcome.Result ? 0 : 1;
            taken++;
        }
    }

    /// <summary>Submits as many items as a run of batches this size has room for while nothing is taken, and sees that no more go in.</summary>
    internal static void Fill(BatchPipeline<MarkedItem, bool> pipeline) =>
        Fill(pipeline, 0, (pipeline.BatchLimit * pipeline.Options.BatchSize) + SubmissionLimit);

    private static void Fill(BatchPipeline<MarkedItem, bool> pipeline, int from, int expected) =>
        FillWith(pipeline, number => pipeline.TrySubmit(new MarkedItem(number)), from, expected);

    private static void FillWith(BatchPipeline<MarkedItem, bool> pipeline, Func<int, bool> submit, int from, int expected)
    {
        for (var number = from; number < from + expected; number++)
        {
            Bounded.Until($"there is room for item {number}", () => submit(number), pipeline.Describe);
        }

        // A machine that is slow to make room that should not be there lets this pass, and never the other way round.
        for (var i = 0; i < 50; i++)
        {
            Assert.False(submit(from + expected), $"There is room for more than {expected} items.");
            Thread.Sleep(1);
        }

        Assert.False(pipeline.IsCompleted);
    }

    // Not inlined, so that no local of the test keeps an item alive.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Submit(
        BatchPipeline<MarkedItem, bool> pipeline, int number, List<WeakReference> samples, int sampleEvery,
        Action<ItemOutcome<MarkedItem, bool>> take)
    {
        var item = new MarkedItem(number);
        if (number % sampleEvery == 0)
        {
            samples.Add(new WeakReference(item));
        }

        while (!pipeline.TrySubmit(item))
        {
            if (pipeline.TryTake(out var outcome, 5))
            {
                take(outcome);
            }
        }
    }

    private static BatchPipeline<MarkedItem, bool> Start(
        PipelineLane lane, EgressStrategy strategy, WorkJournal journal, HostBufferPool? pool = null) => new(
        new PipelineOptions { Strategy = strategy, BatchSize = BatchSize, BufferPool = pool, WorkerCount = 2, LoaderCount = 2 },
        [lane], new MarkLoader(journal: journal), new MarkChecker(journal: journal));
}

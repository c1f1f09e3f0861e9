using System.Collections.Concurrent;
using Egress.Buffers;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>Workers share a batch: each item is processed once, and the batch ends with the last of them.</summary>
public sealed class SharedBatchTests
{
    private const int Workers = 3;

    /// <summary>The parts of a batch of 3 workers.</summary>
    public static TheoryData<int, int[]> Shares => new()
    {
        { 1, [1] },
        { 2, [1, 1] },
        { 3, [1, 1, 1] },
        { 4, [1, 1, 2] },
        { 8, [2, 3, 3] },
    };

    [Theory]
    [MemberData(nameof(Shares))]
    public void All_workers_process_the_same_batch_at_once(int batchSize, int[] shares)
    {
        // Each part waits for all the others of its batch: had one worker two of them, none would go on.
        var together = Enumerable.Range(0, 4).Select(_ => new CountdownEvent(shares.Length)).ToList();
        var processor = new Recorder((part, token) =>
        {
            together[(int)part.Batch].Signal();
            together[(int)part.Batch].Wait(token);
        });
        using var pipeline = Start(processor, EgressStrategy.Pipelined, batchSize, buffers: 2);

        var result = PipelineDriver.Run(pipeline, 4 * batchSize);

        Assert.Null(result.Reason);
        Assert.Equal(Enumerable.Range(0, 4 * batchSize).Select(number => (long)number), result.Outcomes.Select(outcome => outcome.Item.Number));
        foreach (var batch in processor.Parts.GroupBy(part => part.Batch))
        {
            Assert.Equal(shares, batch.Select(part => part.Items.Length).Order());
            Assert.Equal(
                Enumerable.Range(0, batchSize).Select(slot => (batch.Key * batchSize) + slot), batch.SelectMany(part => part.Items).Order());
            Assert.All(batch, part => Assert.Equal(batchSize, part.BatchCount));
        }

        together.ForEach(parts => parts.Dispose());
    }

    [Fact]
    public void Without_workers_a_batch_is_processed_whole()
    {
        var processor = new Recorder();
        using var pipeline = Start(processor, EgressStrategy.Baseline, batchSize: 8, buffers: 2);

        PipelineDriver.Run(pipeline, 24);

        Assert.Equal([8, 8, 8], processor.Parts.Select(part => part.Items.Length));
    }

    [Fact]
    public void A_batchs_buffer_goes_back_and_its_items_come_out_after_its_last_part()
    {
        using var last = new ManualResetEventSlim();
        using var others = new CountdownEvent(Workers - 1);
        var processor = new Recorder((part, token) =>
        {
            if (part.Items[0] == 0)
            {
                last.Wait(token);
            }
        }, _ => others.Signal());
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0, 0));
        using var pool = new HostBufferPool(1, 6 * SimulatedLanes.Output.Bytes, bytes => lane.Device.AllocateHost(bytes, HostMemoryKind.Pinned));
        using var pipeline = new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions { BatchSize = 6, WorkerCount = Workers, BufferPool = pool }, [lane], new MarkLoader(), processor);
        for (var number = 0; number < 6; number++)
        {
            Assert.True(pipeline.TrySubmit(new MarkedItem(number)));
        }

        pipeline.CompleteInput();
        Assert.True(others.Wait(Bounded.HangLimit, TestContext.Current.CancellationToken));

        // Two of three parts have ended.
        Assert.False(pipeline.TryTake(out _, 0));
        Assert.Equal(0, pool.Available);

        last.Set();
        Assert.True(pipeline.TryTake(out _, (int)Bounded.HangLimit.TotalMilliseconds));
        Assert.Equal(1, pool.Available);
    }

    [Fact]
    public void The_fault_of_a_part_ends_the_run_and_what_the_others_committed_comes_out()
    {
        using var others = new CountdownEvent(Workers - 1);
        var processor = new Recorder((part, token) =>
        {
            if (part.Items.Contains(4))
            {
                others.Wait(token);
                throw new IOException("planted");
            }
        }, _ => others.Signal());
        using var pipeline = Start(processor, EgressStrategy.Pipelined, batchSize: 6, buffers: 2);

        var result = PipelineDriver.Run(pipeline, 6);

        Assert.IsType<EgressException>(result.Reason);
        Assert.Equal([0, 1, 2, 3], result.Outcomes.Select(outcome => outcome.Item.Number));
    }

    private static BatchPipeline<MarkedItem, bool> Start(Recorder processor, EgressStrategy strategy, int batchSize, int buffers) => new(
        new PipelineOptions { Strategy = strategy, BatchSize = batchSize, WorkerCount = Workers, BufferCount = buffers },
        [SimulatedLanes.Create(SimulatedLanes.Timing(0, 0))], new MarkLoader(), processor);

    internal sealed record Part(long Batch, int BatchCount, long[] Items);

    /// <summary>Records the parts, with a hook before and after each.</summary>
    private sealed class Recorder(Action<Part, CancellationToken>? before = null, Action<Part>? after = null) : IOutputProcessor<MarkedItem, bool>
    {
        public ConcurrentQueue<Part> Parts { get; } = new();

        public void Process(OutputBatch<MarkedItem, bool> batch, CancellationToken cancellationToken)
        {
            var items = new long[batch.Count];
            for (var slot = 0; slot < batch.Count; slot++)
            {
                items[slot] = batch.Item(slot).Number;
            }

            var part = new Part(batch.Index, batch.BatchCount, items);
            Parts.Enqueue(part);
            before?.Invoke(part, cancellationToken);
            for (var slot = 0; slot < batch.Count; slot++)
            {
                batch.Complete(slot, true);
            }

            after?.Invoke(part);
        }
    }
}

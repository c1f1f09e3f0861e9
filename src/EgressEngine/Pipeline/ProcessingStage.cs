using System.Diagnostics;
using Egress.Runtime.Nvtx;

namespace Egress.Pipeline;

/// <summary>
/// Outputs in host memory in, finished batches out: by workers behind a bounded queue, or on the thread that brings the batch.
/// Workers share each batch, unless it has to stay whole: one alone would hold the batch's host memory several times as long, and at the end of a run the
/// others would have nothing to do. A batch's host memory goes back before its outcomes are handed on.
/// </summary>
internal sealed class ProcessingStage<TItem, TResult> : IDisposable
{
    private readonly IOutputProcessor<TItem, TResult> _processor;
    private readonly bool _inline;
    private readonly int _workerCount;
    private readonly int _partCount;
    private readonly RunState _state;
    private readonly Action<Batch<TItem, TResult>> _finished;
    private readonly IPipelineObserver? _observer;
    private readonly HandOverQueue<Part> _queue;
    private int _producers;

    /// <param name="options">The run's options.</param>
    /// <param name="producers">Threads that will bring batches: known before the first of them starts, which may end at once.</param>
    /// <param name="processor">Processes a batch's output.</param>
    /// <param name="finished">Takes each batch whose outcomes are all set.</param>
    /// <param name="state">The run.</param>
    /// <param name="observer">Told of each batch, or null.</param>
    public ProcessingStage(
        PipelineOptions options, int producers, IOutputProcessor<TItem, TResult> processor, Action<Batch<TItem, TResult>> finished,
        RunState state, IPipelineObserver? observer)
    {
        _producers = producers;
        _processor = processor;
        _inline = options.Strategy.Processing == OutputProcessing.Inline;
        _partCount = options.SharesBatches ? options.WorkerCount : 1;
        _workerCount = options.WorkerCount;
        _finished = finished;
        _state = state;
        _observer = observer;
        _queue = new HandOverQueue<Part>(state.Token, options.WorkerCount);
    }

    /// <summary>Starts the workers, where there are any.</summary>
    public void Start(StageThreads threads)
    {
        for (var i = 0; !_inline && i < _workerCount; i++)
        {
            threads.Start("worker", RunWorker);
        }
    }

    /// <summary>Parts of batches that wait for a worker.</summary>
    public int Waiting => _queue.Count;

    /// <summary>One of the threads that bring batches brings no more.</summary>
    public void RemoveProducer()
    {
        if (Interlocked.Decrement(ref _producers) == 0)
        {
            _queue.Complete();
        }
    }

    /// <summary>Takes a batch whose output is in host memory; waits while the queue is full.</summary>
    public void Submit(Batch<TItem, TResult> batch)
    {
        if (_inline)
        {
            batch.PendingParts = 1;
            Process(new Part(batch, 0, batch.SlotCount));
            return;
        }

        // With its last part the batch is the workers', which may be done with it before this method is: it can be another one then.
        var index = batch.Index;
        using var resting = StageActivity.Wait();
        using var queueing = NvtxRange.Begin(NvtxLabel.QueueOutput, index);
        var start = Stopwatch.GetTimestamp();
        var parts = Math.Min(_partCount, batch.SlotCount);
        batch.PendingParts = parts;
        for (var part = 0; part < parts; part++)
        {
            var first = part * batch.SlotCount / parts;
            _queue.Add(new Part(batch, first, ((part + 1) * batch.SlotCount / parts) - first));
        }

        _observer?.StageEnded(PipelineStage.WaitWorker, index, start, Stopwatch.GetTimestamp());
    }

    /// <summary>Takes a batch whose outcomes are all set.</summary>
    public void Finish(Batch<TItem, TResult> batch)
    {
        batch.HandOver(BatchOwner.Processing, BatchOwner.Done);
        batch.Dispose();
        _finished(batch);
    }

    public void Dispose() => _queue.Dispose();

    private void RunWorker()
    {
        while (_queue.TryTake(out var part))
        {
            Process(part);
        }
    }

    private void Process(Part part)
    {
        _state.Token.ThrowIfCancellationRequested();
        var batch = part.Batch;
        using var processing = NvtxRange.Begin(NvtxLabel.ProcessOutput, batch.Index);
        var start = Stopwatch.GetTimestamp();
        using var work = StageActivity.Work(batch.Index);
        _processor.Process(
            new OutputBatch<TItem, TResult>(batch, batch.Lane!, batch.HostOutput!, part.First, part.Count), _state.Token);
        for (var slot = part.First; slot < part.First + part.Count; slot++)
        {
            if (!batch.HasOutcome(slot))
            {
                throw new InvalidOperationException($"The output processor left item {slot} of batch {batch.Index} without an outcome.");
            }
        }

        var end = Stopwatch.GetTimestamp();
        _observer?.StageEnded(PipelineStage.Process, batch.Index, start, end);
        if (batch.PartEnded())
        {
            _observer?.BatchProcessed(batch.Index, end);
            Finish(batch);
        }
    }

    /// <summary>Some neighbouring slots of a batch: what a worker takes at once.</summary>
    private readonly record struct Part(Batch<TItem, TResult> Batch, int First, int Count);
}

using System.Diagnostics;
using Egress.Buffers;
using Egress.Runtime.Nvtx;

namespace Egress.Pipeline;

/// <summary>
/// Items in, loaded batches out: the batcher gives each item a slot in a leased input buffer, loader threads fill the slots of all
/// open batches at once, and batches leave in input order.
/// </summary>
internal sealed class InputStage<TItem, TResult> : IDisposable
{
    private readonly IItemLoader<TItem> _loader;
    private readonly RunState _state;
    private readonly IPipelineObserver? _observer;
    private readonly SemaphoreSlim _credits;
    private readonly BatchPool<TItem, TResult> _pool;
    private readonly int _batchSize;
    private readonly long _inputBytes;
    private readonly HostBufferPool _buffers;
    private readonly HandOverQueue<Submission> _submitted;
    private readonly HandOverQueue<(Batch<TItem, TResult> Batch, int Slot)> _loads;
    private readonly HandOverQueue<Batch<TItem, TResult>> _batches;

    /// <param name="options">The run's options.</param>
    /// <param name="loader">Fills a slot.</param>
    /// <param name="buffers">The pool of input buffers, owned by the caller.</param>
    /// <param name="inputBytes">Bytes of one item's input.</param>
    /// <param name="credits">One is taken for each batch: the bound of everything that is under way.</param>
    /// <param name="pool">Where batches come from.</param>
    /// <param name="state">The run.</param>
    /// <param name="observer">Told of each load, or null.</param>
    public InputStage(
        PipelineOptions options, IItemLoader<TItem> loader, HostBufferPool buffers, long inputBytes, SemaphoreSlim credits,
        BatchPool<TItem, TResult> pool, RunState state, IPipelineObserver? observer)
    {
        _loader = loader;
        _state = state;
        _observer = observer;
        _credits = credits;
        _pool = pool;
        _batchSize = options.BatchSize;
        _inputBytes = inputBytes;
        _buffers = buffers;

        // Input buffers bound the loads, credits the batches.
        _submitted = new HandOverQueue<Submission>(state.Token, Math.Max(64, 2 * options.BatchSize));
        _loads = new HandOverQueue<(Batch<TItem, TResult> Batch, int Slot)>(state.Token);
        _batches = new HandOverQueue<Batch<TItem, TResult>>(state.Token);
    }

    /// <summary>Batches in input order, each possibly still loading; completed after the last one.</summary>
    public HandOverQueue<Batch<TItem, TResult>> Batches => _batches;

    /// <summary>Whether no more items will come.</summary>
    public bool IsComplete => _submitted.IsComplete;

    /// <summary>Items that no batch has taken up.</summary>
    public int Submitted => _submitted.Count;

    /// <summary>Offers an item; false when there is no room now.</summary>
    public bool TrySubmit(TItem item) => _submitted.TryAdd(new Submission(item, null));

    /// <summary>Offers an item whose outcome is known already; it keeps its place in the order.</summary>
    public bool TrySubmitDone(ItemOutcome<TItem, TResult> outcome) => _submitted.TryAdd(new Submission(outcome.Item, outcome));

    /// <summary>No more items will come.</summary>
    public void CompleteInput() => _submitted.Complete();

    /// <summary>Starts the batcher and the loaders.</summary>
    public void Start(StageThreads threads, int loaderCount)
    {
        threads.Start("batcher", RunBatcher);
        for (var i = 0; i < loaderCount; i++)
        {
            threads.Start("loader", RunLoader);
        }
    }

    public void Dispose()
    {
        _submitted.Dispose();
        _loads.Dispose();
        _batches.Dispose();
    }

    private void RunBatcher()
    {
        // A batch of nothing but finished items takes no buffer; it is closed at some size so that its outcomes come out.
        var itemLimit = Math.Max(256, 4 * _batchSize);
        Batch<TItem, TResult>? open = null;
        long index = 0;
        try
        {
            while (_submitted.TryTake(out var submission))
            {
                if (open is null)
                {
                    _credits.Wait(_state.Token);
                    open = _pool.Rent(index++);
                }

                if (submission.Done is { } outcome)
                {
                    open.AddDone(outcome);
                }
                else
                {
                    open.InputLease ??= _buffers.Rent(_state.Token);
                    _loads.Add((open, open.AddSlot(submission.Item)));
                }

                if (open.SlotCount == _batchSize || open.ItemCount == itemLimit)
                {
                    Close(ref open);
                }
            }

            if (open is not null)
            {
                Close(ref open);
            }
        }
        finally
        {
            _loads.Complete();
            _batches.Complete();
        }
    }

    private void Close(ref Batch<TItem, TResult>? open)
    {
        var batch = open!;
        open = null;
        batch.LoadEnded();
        _batches.Add(batch);
    }

    private void RunLoader()
    {
        while (_loads.TryTake(out var load))
        {
            var (batch, slot) = load;
            using var loading = NvtxRange.Begin(NvtxLabel.LoadItem, batch.Index);
            var start = Stopwatch.GetTimestamp();
            var memory = batch.InputLease!.Value.Block.Span(slot * _inputBytes, checked((int)_inputBytes));
            using var work = StageActivity.Work(batch.Index);
            try
            {
                _loader.Load(batch.ItemAt(slot), memory, _state.Token);
            }
            catch (ItemException error)
            {
                // The slot is computed with the others, so its content must not depend on what was in the buffer before.
                memory.Clear();
                batch.SetOutcome(slot, default, error);
            }

            _observer?.StageEnded(PipelineStage.Load, batch.Index, start, Stopwatch.GetTimestamp());
            batch.LoadEnded();
        }
    }

    private readonly record struct Submission(TItem Item, ItemOutcome<TItem, TResult>? Done);
}

using System.Diagnostics.CodeAnalysis;
using Egress.Backend;
using Egress.Input;
using Egress.Pipeline;
using Egress.Vectors;

namespace Egress.Embedding;

/// <summary>
/// A run over sequences or pictures: offer them, take a result a batch. One thread does both. Sequences that came together, a window, are cut
/// into tokens by as many threads as there are loaders, and sorted by length, before they are cut into batches, so results are in the order of
/// the batches and not of the input. That is done while the window before is computed and the next one collected: there are three at most.
/// </summary>
public sealed class EmbeddingRun : IDisposable
{
    private readonly IVectorStore? _store;
    private readonly SequenceWindow _window;
    private readonly TimeSpan _endTimeout;

    // Sequences of a window, and one at most whose outcome was known when it came.
    private readonly Queue<Offer> _ready = new();
    private Offer? _done;

    // The window that another thread arranges; it alone asks the store meanwhile.
    private Task<List<Offer>>? _arranging;

    // Hashes instead of ids, so that a run over millions of sequences remembers 20 to 40 bytes each.
    private readonly HashSet<ulong> _taken = [];
    private readonly BatchPipeline<EmbeddingItem, EmbeddingBatchResult> _pipeline;
    private EmbeddingBatchResult? _last;
    private bool _isInputComplete;

    /// <summary>Opens the destination and the tokenizer, allocates the buffers and starts the threads.</summary>
    /// <param name="options">What to do.</param>
    /// <param name="lanes">Where to do it; they belong to the caller and outlive the run.</param>
    /// <param name="backend">Gives the backend; asked only where it is needed.</param>
    /// <param name="observer">Sees the run from inside, or null.</param>
    /// <exception cref="EgressException">
    /// An option makes no sense, the destination is not to be had or has vectors of other settings, the tokenizer is none, or memory is short.
    /// </exception>
    public EmbeddingRun(EmbeddingOptions options, EmbeddingLanes lanes, Func<IBackend> backend, IPipelineObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(lanes);
        ArgumentNullException.ThrowIfNull(backend);
        options = options with { Model = lanes.Model };
        options.Validate();
        using var undo = new UndoOnFailure();

        // Before the destination is touched: a tokenizer that is none is a mistake of the command line.
        var tokenizer = options.TokenizerPath is { } path ? backend().OpenTokenizer(path) : null;
        var loader = CreateLoader(options, lanes, backend, tokenizer);
        if (options.Destination is { } destination)
        {
            _store = VectorStores.Open(
                new VectorStoreOptions
                {
                    Destination = destination,
                    Layout = lanes.Layout,
                    Settings = EmbeddingOptions.VectorSettings(lanes, options.TokenizerPath),
                    Mode = options.OutputMode,
                    StoresTexts = options.StoresTexts,
                    Scope = options.Shard.Scope,
                    EndTimeout = options.Pipeline.StallTimeout,
                },
                backend);
            undo.Add(_store.Dispose);
        }

        _endTimeout = options.Pipeline.EndTimeout;
        _window = new SequenceWindow(
            options.Window * options.Pipeline.BatchSize, options.Window > 1 ? tokenizer : null, options.Model.MaxLength, options.Pipeline.LoaderCount);
        _pipeline = new BatchPipeline<EmbeddingItem, EmbeddingBatchResult>(
            options.Pipeline with { SharesBatches = false, ComputesWholeBatches = options.Resume },
            lanes.Lanes,
            loader,
            CreateProcessor(options, lanes, _store),
            observer);
        undo.Keep();
    }

    /// <summary>Bytes of host memory in the run's buffers.</summary>
    public long HostMemoryBytes => _pipeline.HostMemoryBytes;

    /// <summary>Whether the run has ended and every result was taken.</summary>
    public bool IsCompleted => _pipeline.IsCompleted;

    /// <inheritdoc cref="BatchPipeline{TItem, TResult}.IsAbandoned"/>
    public bool IsAbandoned => _pipeline.IsAbandoned;

    /// <summary>Offers a sequence; false: there is no room now, take results and offer it again.</summary>
    /// <param name="id">Its id; null for one made of the text, by which a text that comes again is computed once.</param>
    /// <param name="text">Its text.</param>
    public bool TryAddText(string? id, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryAdd(new EmbeddingItem(SequenceKeys.OfText(id, text), text, null), mayRepeat: id is null);
    }

    /// <summary>Offers a picture, likewise.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="path">Its full path.</param>
    public bool TryAddPicture(string id, string path)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(path);
        return TryAdd(new EmbeddingItem(SequenceKeys.OfFile(id, path), null, path));
    }

    /// <summary>Offers a sequence of random tokens, likewise.</summary>
    /// <param name="index">Which.</param>
    public bool TryAddSynthetic(long index) =>
        TryAdd(new EmbeddingItem(new SequenceKey(SyntheticName.Of(index), index), null, null));

    /// <summary>Offers one that has failed before it got here: its error comes out in its turn.</summary>
    public bool TryAddFailed(string id, EgressException error)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(error);
        if (!TryMakeRoom())
        {
            return false;
        }

        _done = new Offer(new EmbeddingItem(new SequenceKey(id, 0), null, null), null, error);
        return true;
    }

    /// <summary>No more will come; false: there is no room for the last ones now, take results and say it again.</summary>
    public bool TryCompleteInput()
    {
        while (!_isInputComplete)
        {
            if (!TrySubmitReady())
            {
                return false;
            }

            if (_arranging is null && _window.IsEmpty)
            {
                _isInputComplete = true;
                _pipeline.CompleteInput();
            }
            else
            {
                BeginArranging();
                TakeArranged();
            }
        }

        return true;
    }

    /// <summary>Takes the next result or error. After the last one it makes the vectors durable, whose failure is the run's.</summary>
    /// <param name="result">What became of a batch, or null.</param>
    /// <param name="failed">The sequence that failed, or null.</param>
    /// <param name="error">Its error.</param>
    /// <param name="milliseconds">How long to wait; -1 for as long as it takes.</param>
    /// <returns>False: nothing within the time, or, if <see cref="IsCompleted"/>, none any more.</returns>
    /// <exception cref="EgressException">The run has ended with a fault, and all that was committed has been taken.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled, likewise.</exception>
    public bool TryTake(out EmbeddingBatchResult? result, out string? failed, out EgressException? error, int milliseconds)
    {
        (result, failed, error) = (null, null, null);
        Advance(waits: false);
        while (_pipeline.TryTake(out var outcome, milliseconds))
        {
            if (outcome.Error is not null)
            {
                (failed, error) = (outcome.Item.Key.Id, outcome.Error);
                return true;
            }

            // All sequences of a batch have the same result: its first one brings it, and all are committed.
            if (!ReferenceEquals(outcome.Result, _last))
            {
                result = _last = outcome.Result;
                return true;
            }
        }

        if (_pipeline.IsCompleted)
        {
            _store?.Complete();
        }

        return false;
    }

    /// <inheritdoc cref="BatchPipeline{TItem, TResult}.TryTakeStall"/>
    public bool TryTakeStall([NotNullWhen(true)] out StageStall? stall) => _pipeline.TryTakeStall(out stall);

    /// <inheritdoc cref="BatchPipeline{TItem, TResult}.Cancel"/>
    public void Cancel() => _pipeline.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        _pipeline.Dispose();

        // A store that never answers keeps its thread, and nobody else.
        _ = _arranging is null || Task.WaitAny([_arranging], _endTimeout) >= 0;
        _store?.Dispose();
    }

    /// <summary>The loader of a run.</summary>
    internal static IItemLoader<EmbeddingItem> CreateLoader(
        EmbeddingOptions options, EmbeddingLanes lanes, Func<IBackend> backend, ITokenizer? tokenizer = null)
    {
        var loader = new EmbeddingLoader(
            tokenizer, Math.Max(1, lanes.VocabularySize), lanes.Model.ImageSize, options.MaxPixels, backend);
        return SimulatedLoading<EmbeddingItem>.For(lanes.Lanes, loader);
    }

    /// <summary>The processor of a run's outputs.</summary>
    internal static IOutputProcessor<EmbeddingItem, EmbeddingBatchResult> CreateProcessor(
        EmbeddingOptions options, EmbeddingLanes lanes, IVectorStore? store = null) =>
        SimulatedProcessing<EmbeddingItem, EmbeddingBatchResult>.For(lanes.Lanes, new EmbeddingWriter(options, lanes.Layout, store));

    private bool TryAdd(EmbeddingItem item, bool mayRepeat = false)
    {
        if (!TryMakeRoom())
        {
            return false;
        }

        if (_taken.Add(SequenceKeys.Hash(item.Key.Id)))
        {
            _window.Add(item);
            if (_window.IsFull)
            {
                BeginArranging();
            }
        }
        else if (!mayRepeat)
        {
            _done = new Offer(item, null, SequenceKeys.Taken(item.Key.Id));
        }

        return true;
    }

    /// <summary>Whether there is room for one more, after all was submitted that can be.</summary>
    private bool TryMakeRoom()
    {
        Advance(waits: _window.IsFull);
        return !_window.IsFull && _done is null;
    }

    /// <summary>Submits what it can of the arranged windows, and has the next one arranged if it is full.</summary>
    /// <param name="waits">Whether to wait for a window where there is nothing else to submit.</param>
    private void Advance(bool waits)
    {
        while (TrySubmitReady() && _arranging is not null && (waits || _arranging.IsCompleted))
        {
            TakeArranged();
        }

        if (_window.IsFull)
        {
            BeginArranging();
        }
    }

    /// <summary>Has another thread arrange the window, unless it still arranges the one before.</summary>
    private void BeginArranging()
    {
        if (_arranging is null)
        {
            var items = _window.Take();
            _arranging = Task.Run(() => Arrange(items));
        }
    }

    /// <summary>Waits for the window that is being arranged, whose failure comes out here.</summary>
    private void TakeArranged()
    {
        var arranging = _arranging!;
        _arranging = null;
        arranging.GetAwaiter().GetResult().ForEach(_ready.Enqueue);
    }

    /// <summary>Looks up what is stored already, and puts the others in the order in which they are computed.</summary>
    private List<Offer> Arrange(List<EmbeddingItem> items)
    {
        if (_store is null)
        {
            return [.. _window.Order(items).Select(ToCompute)];
        }

        var states = _store.Find([.. items.Select(item => item.Key)]);
        var stored = items.Where((_, place) => states[place] == StoredState.Stored).ToList();
        var conflicting = items.Where((_, place) => states[place] == StoredState.Conflicting);
        var missing = items.Where((_, place) => states[place] is StoredState.Missing or StoredState.Changed).ToList();
        return
        [
            .. Skipped(stored),
            .. conflicting.Select(item => new Offer(item, null, SequenceKeys.Conflict(item.Key.Id, _store.Location))),
            .. _window.Order(missing).Select(ToCompute),
        ];
    }

    private static Offer ToCompute(EmbeddingItem item) => new(item, null, null);

    private IEnumerable<Offer> Skipped(List<EmbeddingItem> items)
    {
        var result = new EmbeddingBatchResult
        {
            Status = EmbeddingStatus.Skipped,
            Ids = items.Select(item => item.Key.Id).ToArray(),
            Location = _store!.Location,
        };
        return items.Select(item => new Offer(item, result, null));
    }

    private bool TrySubmitReady()
    {
        if (_done is { } done)
        {
            if (!TrySubmit(done))
            {
                return false;
            }

            _done = null;
        }

        while (_ready.TryPeek(out var offer))
        {
            if (!TrySubmit(offer))
            {
                return false;
            }

            _ready.Dequeue();
        }

        return true;
    }

    private bool TrySubmit(Offer offer) => offer.Result is null && offer.Error is null
        ? _pipeline.TrySubmit(offer.Item)
        : _pipeline.TrySubmitDone(new ItemOutcome<EmbeddingItem, EmbeddingBatchResult>(offer.Item, offer.Result, offer.Error));

    /// <summary>One to be computed, or with an outcome that is known already.</summary>
    private readonly record struct Offer(EmbeddingItem Item, EmbeddingBatchResult? Result, EgressException? Error);
}

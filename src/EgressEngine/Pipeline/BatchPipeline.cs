using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Egress.Buffers;
using Egress.Devices;
using Egress.Runtime.Nvtx;

namespace Egress.Pipeline;

/// <summary>
/// A run: items in, outcomes out in the same order, over one or more lanes. One thread submits and takes; the stages have threads
/// of their own. Whatever ends the run, every outcome that was committed comes out first, every buffer goes back, and no thread
/// stays behind.
/// </summary>
/// <typeparam name="TItem">What the run is over.</typeparam>
/// <typeparam name="TResult">What comes out for each item.</typeparam>
public sealed class BatchPipeline<TItem, TResult> : IDisposable
{
    private readonly IReadOnlyList<PipelineLane> _lanes;
    private readonly RunState _state = new();
    private readonly SemaphoreSlim _credits;
    private readonly HostBufferPool _inputPool;
    private readonly HostBufferPool? _outputPool;
    private readonly bool _ownsOutputPool;
    private readonly BatchPool<TItem, TResult> _batches;
    private readonly ResultSequencer<TItem, TResult> _sequencer;
    private readonly InputStage<TItem, TResult> _input;
    private readonly ProcessingStage<TItem, TResult> _processing;
    private readonly List<LaneStage<TItem, TResult>> _laneStages = [];
    private readonly StageThreads _threads;
    private readonly Watchdog _watchdog;
    private readonly RunEnd _end = new();
    private readonly Lock _disposing = new();
    private volatile bool _disposed;

    /// <summary>Allocates the buffers and starts the threads.</summary>
    /// <param name="options">How the run is spread over threads and buffers.</param>
    /// <param name="lanes">The devices, all with the same model; they belong to the caller and outlive the run.</param>
    /// <param name="loader">Loads an item's input.</param>
    /// <param name="processor">Processes and stores a batch's output.</param>
    /// <param name="observer">Sees the run from inside, or null.</param>
    /// <exception cref="EgressException">An option makes no sense, the pool does not fit, or memory is short.</exception>
    public BatchPipeline(
        PipelineOptions options, IReadOnlyList<PipelineLane> lanes, IItemLoader<TItem> loader,
        IOutputProcessor<TItem, TResult> processor, IPipelineObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(lanes);
        ArgumentOutOfRangeException.ThrowIfLessThan(lanes.Count, 1, nameof(lanes));
        options.Validate();
        NvtxLibrary.EnsureSearched();

        Options = options;
        _lanes = [.. lanes];
        var first = _lanes[0];
        RequireOneShape(_lanes);
        using var undo = new UndoOnFailure();

        _outputPool = TakeOutputPool(options, first, out _ownsOutputPool);
        if (_outputPool is { } outputPool)
        {
            outputPool.BeginUse();
            undo.Add(ReleaseOutputPool);
        }

        var inputBuffers = options.InputBufferCount(_lanes.Count);
        _inputPool = new HostBufferPool(
            inputBuffers,
            first.Session.Input.Bytes * options.BatchSize,
            bytes => first.AllocatePooled(bytes, HostMemoryKind.Pinned));
        undo.Add(_inputPool.Dispose);

        // Room for every batch that some stage can hold, and two to spare: the sequencer's memory is bounded by it as well.
        var outputs = _outputPool?.Count ?? options.WorkerCount + _lanes.Count;
        BatchLimit = inputBuffers + (2 * _lanes.Count) + outputs + (2 * options.WorkerCount) + 2;
        _credits = new SemaphoreSlim(BatchLimit);
        _batches = new BatchPool<TItem, TResult>(options.BatchSize);
        _sequencer = new ResultSequencer<TItem, TResult>(_credits, _batches);
        _processing = new ProcessingStage<TItem, TResult>(options, _lanes.Count, processor, Finished, _state, observer);
        _input = new InputStage<TItem, TResult>(
            options, loader, _inputPool, first.Session.Input.Bytes, _credits, _batches, _state, observer);
        foreach (var lane in _lanes)
        {
            var stage = new LaneStage<TItem, TResult>(lane, options, _outputPool, _processing, _state, observer);
            undo.Add(stage.Dispose);
            _laneStages.Add(stage);
        }

        _threads = new StageThreads(_state, WindUp);
        _watchdog = new Watchdog(options, _state, () => _threads.Activities, IsIdle, Describe, Abandon);
        undo.Keep();
        Start();
    }

    /// <summary>How the run is spread over threads and buffers.</summary>
    public PipelineOptions Options { get; }

    /// <summary>Bytes of host memory in the run's input and output buffers.</summary>
    public long HostMemoryBytes => _inputPool.TotalBytes + (_outputPool?.TotalBytes ?? 0);

    /// <summary>
    /// Offers an item. False: there is no room now, or the run ends early; take outcomes, which tells why, and offer it again.
    /// </summary>
    public bool TrySubmit(TItem item)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return !_state.IsStopping && _input.TrySubmit(item);
    }

    /// <summary>Offers an item that needs no computation, with its outcome, which comes out in its turn; false likewise.</summary>
    public bool TrySubmitDone(ItemOutcome<TItem, TResult> outcome)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return !_state.IsStopping && _input.TrySubmitDone(outcome);
    }

    /// <summary>No more items will come: the last batch is closed.</summary>
    public void CompleteInput() => _input.CompleteInput();

    /// <summary>Takes the next outcome.</summary>
    /// <param name="outcome">The outcome, in input order.</param>
    /// <param name="milliseconds">How long to wait for it; -1 for as long as it takes.</param>
    /// <returns>False: none within the time, or, if <see cref="IsCompleted"/>, none any more.</returns>
    /// <exception cref="EgressException">The run has ended with a fault, and every outcome that was committed has been taken.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled, likewise.</exception>
    public bool TryTake(out ItemOutcome<TItem, TResult> outcome, int milliseconds)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_sequencer.TryTake(out outcome, milliseconds))
        {
            return true;
        }

        if (_sequencer.IsCompleted)
        {
            ThrowIfEndedEarly();
        }

        return false;
    }

    /// <summary>Whether the run has ended and every outcome was taken.</summary>
    public bool IsCompleted => _sequencer.IsCompleted;

    /// <summary>
    /// Whether the run was let go while a stage was in a call that does not return. What that call may touch, the lanes among it,
    /// must not be given back.
    /// </summary>
    public bool IsAbandoned => _end.IsAbandoned;

    /// <summary>Takes the next report of a stage that does not come on.</summary>
    public bool TryTakeStall([NotNullWhen(true)] out StageStall? stall) => _watchdog.TryTake(out stall);

    /// <summary>
    /// Ends the run early. Any thread may call it, at any time; outcomes that are committed can still be taken. It does nothing
    /// to a run that has ended.
    /// </summary>
    public void Cancel() => _state.Cancel();

    /// <summary>
    /// Ends the run if it has not ended, waits for its threads and gives everything back; what a thread holds that does not end in
    /// <see cref="PipelineOptions.EndTimeout"/> is given back when it does. A thread that waits in
    /// <see cref="TryTake"/> meanwhile gets what was committed and then the end of the run, as after <see cref="Cancel"/>.
    /// Later calls do nothing, once the first has ended.
    /// </summary>
    /// <exception cref="InvalidOperationException">A loader, a processor or an observer called it: it would wait for itself.</exception>
    public void Dispose()
    {
        if (_threads.IsCurrent)
        {
            throw new InvalidOperationException("A stage of a run cannot dispose the run. Cancel it, and let its caller dispose it.");
        }

        lock (_disposing)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _state.Cancel();
            _end.Wait();
            if (_end.TryLeaveRelease())
            {
                return;
            }

            _threads.Join();
            _watchdog.End();
            _watchdog.Join();
            Release();
        }
    }

    /// <summary>Batches that can be under way at once: all that the stages and the sequencer hold together.</summary>
    internal int BatchLimit { get; }

    /// <summary>Where everything is, for the report of a run that does not end.</summary>
    internal string Describe()
    {
        var batches = _batches.UnderWay.Select(batch => string.Create(
            CultureInfo.InvariantCulture,
            $"batch {batch.Index}: {batch.Owner}, {batch.SlotCount} slots, {batch.PendingLoads} loads pending, on {batch.Lane?.Device.Name ?? "no lane"}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Options}\n{(_state.IsStopping ? "stopping" : "running")}, {_credits.CurrentCount} of {BatchLimit} credits left, "
            + $"{_input.Submitted} items submitted, {_processing.Waiting} batches wait for a worker, {_sequencer.Waiting} for their turn, "
            + $"{_outputPool?.Available ?? 0} output buffers and {_inputPool.Available} input buffers free\n")
            + $"{string.Join('\n', batches)}\n{string.Join('\n', _threads.Running)}";
    }

    /// <summary>All lanes share the buffers, which are made for the first one's model.</summary>
    private static void RequireOneShape(IReadOnlyList<PipelineLane> lanes)
    {
        var first = lanes[0].Session;
        if (lanes.Any(lane => lane.Session.Input.Bytes != first.Input.Bytes || lane.Session.Output.Bytes != first.Output.Bytes))
        {
            throw new ArgumentException("The lanes' models differ in the shape of their input or output.", nameof(lanes));
        }
    }

    private static HostBufferPool? TakeOutputPool(PipelineOptions options, PipelineLane lane, out bool owned)
    {
        owned = false;
        if (!options.Strategy.UsesPool)
        {
            return null;
        }

        var bytes = lane.Session.Output.Bytes * options.BatchSize;
        if (options.BufferPool is null)
        {
            owned = true;
            return new HostBufferPool(options.BufferCount, bytes, size => lane.AllocatePooled(size, options.Strategy.Memory));
        }

        if (options.BufferPool.BufferBytes < bytes)
        {
            throw new EgressException(
                EgressErrorId.BufferPoolTooSmall,
                EgressErrorCategory.InvalidArgument,
                $"A batch of {options.BatchSize} × {lane.Session.Output} needs {bytes} bytes, and a buffer of {options.BufferPool} "
                + $"has {options.BufferPool.BufferBytes}.",
                string.Create(CultureInfo.InvariantCulture, $"Make a pool with New-PinnedBufferPool -BufferSize {bytes}, or lower -BatchSize."),
                options.BufferPool);
        }

        if (options.Strategy.Memory == HostMemoryKind.Pinned && lane.Device.Kind == DeviceKind.Cuda && !options.BufferPool.IsPinned)
        {
            throw new EgressException(
                EgressErrorId.MemoryNotPinned,
                EgressErrorCategory.InvalidArgument,
                $"{options.Strategy} copies asynchronously, which needs pinned buffers, and {options.BufferPool} has none.",
                "Make the pool without -Pageable, or use -Strategy BufferPool.",
                options.BufferPool);
        }

        return options.BufferPool;
    }

    private void Release()
    {
        try
        {
            _laneStages.ForEach(stage => stage.Dispose());
        }
        finally
        {
            _inputPool.Dispose();
            ReleaseOutputPool();
            _input.Dispose();
            _processing.Dispose();
            _credits.Dispose();
        }
    }

    private void ReleaseOutputPool()
    {
        _outputPool?.EndUse();
        if (_ownsOutputPool)
        {
            _outputPool?.Dispose();
        }
    }

    private void Start()
    {
        try
        {
            _laneStages.ForEach(stage => stage.Start(_threads, _input.Batches));
            _processing.Start(_threads);
            _input.Start(_threads, Options.LoaderCount);
            _threads.Seal();
            _watchdog.Start();
        }
        catch
        {
            // Some threads run and one did not start: stop those, or they wait for input for ever.
            _state.Cancel();
            _threads.Seal();
            Dispose();
            throw;
        }
    }

    private void Finished(Batch<TItem, TResult> batch)
    {
        batch.End();
        _sequencer.Add(batch);
    }

    /// <summary>
    /// Runs on the last stage thread: nothing else touches a batch any more. Whatever fails here, the sequence is completed, or
    /// the consumer would wait for ever.
    /// </summary>
    private void WindUp()
    {
        var unfinished = _batches.UnderWay;
        if (unfinished.Count > 0)
        {
            // A copy may still be writing into a buffer that is about to go back. A device that fails here has failed before or
            // is lost: its copies have ended either way.
            foreach (var lane in _lanes)
            {
                Attempt("wind-up", lane.Device.BindThread);
                Attempt("wind-up", lane.Device.Synchronize);
            }

            unfinished.ForEach(batch => Attempt("wind-up", batch.Dispose));
        }

        _state.End();
        _watchdog.End();
        _sequencer.Complete(unfinished);
        if (_end.End())
        {
            // The run was let go and disposed; nobody else is here any more.
            Attempt("wind-up", Release);
        }
    }

    /// <summary>Whether it is the caller's turn: to bring items, or to take outcomes, whose number is limited.</summary>
    private bool IsIdle() => _sequencer.Ready > 0 || _sequencer.IsCompleted || (!_input.IsComplete && _input.Submitted == 0);

    /// <summary>Lets the consumer have what was committed and the reason of the end, though a stage has not ended.</summary>
    private void Abandon()
    {
        if (_end.Abandon())
        {
            _sequencer.Complete(_batches.UnderWay, returnsBatches: false);
        }
    }

    private void Attempt(string stage, Action action)
    {
        try
        {
            action();
        }
        catch (Exception error)
        {
            _state.Fault(stage, error);
        }
    }

    private void ThrowIfEndedEarly()
    {
        var (stopped, fault, stage) = _state.Reason;
        switch (fault)
        {
            case null when stopped:
                throw new OperationCanceledException("The run was stopped.");
            case null:
                return;
            case EgressException error:
                throw new EgressException(
                    error.ErrorId, error.Category, error.Message, error.Advice, error.Target, error);
            case { } error:
                throw UnforeseenError.Of(
                    $"the {stage} stage", error,
                    "Outputs that were reported are complete. If this is no error of the inputs, report it with its inner exception.");
        }
    }
}

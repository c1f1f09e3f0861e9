using System.Management.Automation;
using Egress.Buffers;
using Egress.Cmdlets.Completion;
using Egress.Devices;
using Egress.Input;
using Egress.Measurement;
using Egress.Pipeline;
using Egress.Segmentation;

namespace Egress.Cmdlets.Support;

/// <summary>
/// What the commands that run a model over many items share: the parameters of model, device, pipeline and destination, and how a run is
/// started, watched, stopped and ended.
/// </summary>
public abstract partial class RunCommand : EgressCommand, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private TimelineTrace? _trace;
    private RunProgress? _progress;
    private long _submitted;
    private long _taken;

    /// <summary>Which of a program's outputs is taken: a key of its dictionary, or a place in its tuple.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutputName { get; set; }

    /// <summary>Lets the native code of a compiled package run without asking.</summary>
    [Parameter]
    public SwitchParameter AllowNativeCode { get; set; }

    /// <summary>A safetensors file with the network's parameters; without it they are random.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Weights { get; set; }

    /// <summary>Seed of the random parameters.</summary>
    [Parameter]
    public long Seed { get; set; }

    /// <summary>Items computed together.</summary>
    [Parameter]
    [ValidateRange(1, Limits.BatchSize)]
    public int BatchSize { get; set; }

    /// <summary>Where to compute: cpu, cuda, cuda:N, several GPUs, or simulated.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Device { get; set; } = [];

    /// <summary>The design that moves outputs off the device.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(StrategyCompleter))]
    [ValidateNotNullOrEmpty]
    public string Strategy { get; set; } = EgressStrategy.Pipelined.Name;

    /// <summary>Threads that process outputs.</summary>
    [Parameter]
    [ValidateRange(1, Limits.Threads)]
    public int WorkerCount { get; set; } = SegmentationOptions.DefaultWorkerCount;

    /// <summary>Output buffers in the run's own pool.</summary>
    [Parameter]
    [ValidateRange(1, Limits.Buffers)]
    public int BufferCount { get; set; }

    /// <summary>A pool from New-PinnedBufferPool, instead of one of the run's own.</summary>
    [Parameter]
    [ValidateNotNull]
    public HostBufferPool? BufferPool { get; set; }

    /// <summary>Threads that load inputs.</summary>
    [Parameter]
    [ValidateRange(1, Limits.Threads)]
    public int LoaderCount { get; set; } = SegmentationOptions.DefaultLoaderCount;

    /// <summary>The most pixels that a picture may have.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    public long MaxPixels { get; set; } = IPictureDecoder.DefaultMaxPixels;

    /// <summary>A file for the timeline of the run's stages, which chrome://tracing and Perfetto open.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TracePath { get; set; }

    /// <summary>Makes outputs again that exist, which are otherwise kept and their inputs skipped; and asks nothing.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>The devices.</summary>
    private protected IReadOnlyList<DeviceSpec> Devices { get; private set; } = [];

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends the run, if it has not ended, and gives everything back.</summary>
    protected virtual void Dispose(bool disposing)
    {
        EndStoppedWatch();
        DisposeRun();
        _trace?.Dispose();
        if (!IsRunAbandoned)
        {
            // A stage that is still in a call would find its model and device gone.
            DisposeModel();
        }

        _stop.Dispose();
    }

    /// <inheritdoc/>
    protected override void StopProcessing()
    {
        _stop.Cancel();
        CancelRun();
    }

    /// <summary>Begins to watch, and finds devices and shard. The first thing that a command does.</summary>
    private protected void BeginRun()
    {
        BeginWatch();
        Devices = Device.Length > 0 ? Do(() => ParseDevices(Device)) : [Do(DeviceFactory.Default)];
        FindShard();
    }

    /// <summary>What sees the run from inside.</summary>
    private protected IPipelineObserver? CreateObserver()
    {
        if (TracePath is not null && LogPath is not null && Do(() => FullPath(TracePath) == FullPath(LogPath)))
        {
            Fail(Contradiction("The log and the timeline cannot be one file.", "Name another file with -TracePath.", TracePath));
        }

        _trace = TracePath is null ? null : Do(() => new TimelineTrace(FullPath(TracePath)));
        return PipelineObservers.Combine(_trace, Watch?.Observer);
    }

    /// <summary>The run has begun; it may have been stopped meanwhile.</summary>
    /// <param name="hostMemoryBytes">Host memory in the run's buffers.</param>
    /// <param name="activity">What it does, for the display of its progress.</param>
    private protected void RunBegun(long hostMemoryBytes, string activity)
    {
        Watch?.Ready(hostMemoryBytes);
        _progress = new RunProgress(this, activity, ItemName);
        if (_stop.IsCancellationRequested)
        {
            CancelRun();
        }
    }

    /// <summary>How many items there will be in all, of a run that has begun.</summary>
    private protected void Expect(long total) => _progress!.Total = total;

    /// <summary>Offers an item to the run until it is taken, and hands out what has come of others meanwhile.</summary>
    private protected void Submit(Func<bool> offer)
    {
        while (!Do(offer))
        {
            TakeOne(20);
        }

        _submitted++;
        while (TakeOne(0))
        {
        }
    }

    /// <summary>No more items will come: hands out the rest of what comes of them, and ends the watch.</summary>
    /// <param name="completeInput">Says so to the run; false: it has no room for the last ones yet.</param>
    private protected void FinishRun(Func<bool> completeInput)
    {
        if (_progress is not null)
        {
            Expect(_submitted);
            while (!completeInput())
            {
                TakeOne(20);
            }

            while (IsRunning)
            {
                TakeOne(100);
            }

            TakeOne(0);
            _progress.Complete();
        }

        EndWatch();
    }

    /// <summary>How the run is spread, but for the number of buffers.</summary>
    private protected PipelineOptions PipelineSettings(int batchSize) => new()
    {
        Strategy = EgressStrategy.Parse(Strategy),
        BatchSize = batchSize,
        LoaderCount = LoaderCount,
        WorkerCount = WorkerCount,
        BufferPool = BufferPool,
        StallTimeout = StallLimit,
    };

    /// <summary>Output buffers: those asked for, or what suits the workers and the memory there is.</summary>
    /// <param name="batchSize">Items in a batch.</param>
    /// <param name="itemBytes">Bytes of an item's output.</param>
    private protected int Buffers(int batchSize, long itemBytes) => Bound(nameof(BufferCount))
        ? BufferCount
        : SegmentationOptions.DefaultBufferCount(WorkerCount, batchSize, itemBytes * batchSize);

    /// <summary>Whether the user gave a parameter.</summary>
    private protected bool Bound(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    /// <summary>The error of parameters that do not go together.</summary>
    private protected static EgressException Contradiction(string message, string advice, object target) =>
        new(EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument, message, advice, target);

    /// <summary>Whether the run was let go while a stage was in a call that does not return.</summary>
    private protected abstract bool IsRunAbandoned { get; }

    /// <summary>Whether there is a run that has not ended.</summary>
    private protected abstract bool IsRunning { get; }

    /// <summary>Ends the run early, if there is one.</summary>
    private protected abstract void CancelRun();

    /// <summary>Takes one thing that the run is done with and tells the watch of it, nothing else.</summary>
    /// <param name="milliseconds">How long to wait for it.</param>
    /// <param name="taken">What was taken.</param>
    /// <returns>False: nothing within the time.</returns>
    /// <exception cref="EgressException">The run has ended with a fault.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    private protected abstract bool WatchOne(int milliseconds, out TakenOutcome taken);

    /// <summary>Takes the next report of a stage that does not come on, if there is a run.</summary>
    private protected abstract bool TryTakeStall(out StageStall? stall);

    /// <summary>Gives the run back, if there is one.</summary>
    private protected abstract void DisposeRun();

    /// <summary>Gives the model and its devices back, if there are any.</summary>
    private protected abstract void DisposeModel();

    private bool TakeOne(int milliseconds)
    {
        try
        {
            WarnOfStalls();

            // It is watched first of all: whatever is written may end this command, and the output is committed.
            if (!TryWatch(milliseconds, out var taken))
            {
                _progress!.Report(_taken);
                return false;
            }

            _taken += taken.Count;
            _progress!.Report(_taken);
            if (taken.Error is { } error)
            {
                WriteError(ErrorRecords.From(error));
            }
            else
            {
                WriteObject(taken.Result);
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>Takes one thing, and ends the command where the run has ended with a fault.</summary>
    private bool TryWatch(int milliseconds, out TakenOutcome taken)
    {
        try
        {
            return WatchOne(milliseconds, out taken);
        }
        catch (Exception error) when (FailureOf(error) is { } fault)
        {
            _progress!.Complete();
            Fail(fault);
            throw;
        }
    }

    /// <summary>Something that a run is done with.</summary>
    /// <param name="Count">Items that it is of.</param>
    /// <param name="Result">The object that comes out, where there is no error.</param>
    /// <param name="Error">The error, or null.</param>
    private protected readonly record struct TakenOutcome(int Count, object? Result, EgressException? Error);
}

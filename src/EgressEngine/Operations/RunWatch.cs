using System.ComponentModel;
using System.Diagnostics;
using Egress.Embedding;
using Egress.Pipeline;
using Egress.Segmentation;

namespace Egress.Operations;

/// <summary>
/// Watches one run from its beginning to its end, and tells the log, the metrics, the trace and the summary. The thread that takes
/// the run's results reports them; the stages report through <see cref="Observer"/>. Reporting never fails.
/// </summary>
public sealed class RunWatch : IDisposable
{
    private readonly long _startTicks = Stopwatch.GetTimestamp();
    private readonly DateTimeOffset _startedAt = DateTimeOffset.UtcNow;
    private readonly SortedDictionary<string, long> _errors = new(StringComparer.Ordinal);
    private readonly RunLog? _log;
    private readonly RunTrace _trace;
    private readonly Func<ITelemetryExport?> _export;
    private readonly StageObserver _stages;
    private readonly string _model;
    private readonly string? _destination;
    private RunDescription _run = new();
    private long _written;
    private long _skipped;
    private long _processed;
    private long _failed;
    private long _otherShards;
    private long _outputBytes;
    private long _hostMemoryBytes;
    private long _stalls;
    private EgressException? _fault;

    /// <summary>Begins to watch a run.</summary>
    /// <param name="model">The model.</param>
    /// <param name="destination">Where outputs go, or null.</param>
    /// <param name="logPath">Full path of the log, or null.</param>
    /// <param name="export">Gives the export of metrics and traces, or null where none is switched on.</param>
    /// <param name="environment">Gives environment variables, or null for the process's.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.LogNotWritable"/>.</exception>
    public RunWatch(
        string model, string? destination, string? logPath, Func<ITelemetryExport?>? export = null,
        Func<string, string?>? environment = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _destination = destination;
        _log = logPath is null ? null : new RunLog(logPath, RunId);

        // Before the first activity: one that begins while nobody listens is never recorded.
        _export = export ?? (() => null);
        try
        {
            _ = _export();
        }
        catch (EgressException error)
        {
            Log(RunLogLevel.Error, RunLogEvent.RunFaulted, ("error", error.ErrorId), ("message", error.Message), ("advice", error.Advice));
            _log?.Dispose();
            throw;
        }

        _trace = new RunTrace(RunId, environment ?? Environment.GetEnvironmentVariable);
        _stages = new StageObserver(_trace);
        EgressTelemetry.RunStarted();
        _trace.SetTag("egress.model", model);
        _trace.SetTag("egress.destination", destination);
        Log(
            RunLogLevel.Info, RunLogEvent.RunStarted, ("trace", _trace.TraceId), ("version", EgressTelemetry.Source.Version),
            ("model", model), ("destination", destination));
    }

    /// <summary>The run's id: unique, and in the order of time.</summary>
    public string RunId { get; } = Guid.CreateVersion7().ToString("N");

    /// <summary>Sees the run from inside; it asks for the devices' times only where somebody listens.</summary>
    public IPipelineObserver Observer => EgressTelemetry.WantsDeviceTimes ? new DeviceObserver(_stages) : _stages;

    /// <summary>The summary, once the run has ended.</summary>
    public RunSummary? Summary { get; private set; }

    private int? Index => _run.Shard.IsWhole ? null : _run.Shard.Index;

    private int? Count => _run.Shard.IsWhole ? null : _run.Shard.Count;

    /// <summary>What the run was told makes sense: says what it is.</summary>
    public void Describe(RunDescription run)
    {
        ArgumentNullException.ThrowIfNull(run);
        _run = run;
        _trace.SetTag("egress.device", run.Device);
        _trace.SetTag("egress.strategy", run.Strategy);
        _trace.SetTag("egress.batch_size", run.BatchSize);
        _trace.SetTag("egress.shard.index", Index);
        _trace.SetTag("egress.shard.count", Count);
    }

    /// <summary>The devices are open and the stages run.</summary>
    /// <param name="hostMemoryBytes">Host memory in the run's buffers.</param>
    public void Ready(long hostMemoryBytes)
    {
        _hostMemoryBytes = hostMemoryBytes;
        EgressTelemetry.HostMemory(hostMemoryBytes);
        Log(
            RunLogLevel.Info, RunLogEvent.RunReady, ("seconds", Stopwatch.GetElapsedTime(_startTicks)), ("device", _run.Device),
            ("strategy", _run.Strategy), ("batchSize", _run.BatchSize), ("outputKind", _run.OutputKind), ("outputFormat", _run.OutputFormat),
            ("shardIndex", Index), ("shardCount", Count), ("shardSource", Index is null ? null : _run.Shard.Source),
            ("hostMemoryBytes", hostMemoryBytes));
    }

    /// <summary>A picture is done.</summary>
    public void Done(SegmentationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var name = result.Status switch
        {
            SegmentationStatus.Written => RunLogEvent.ImageWritten,
            SegmentationStatus.Skipped => RunLogEvent.ImageSkipped,
            _ => RunLogEvent.ImageProcessed,
        };
        _ = result.Status switch
        {
            SegmentationStatus.Written => _written++,
            SegmentationStatus.Skipped => _skipped++,
            _ => _processed++,
        };
        _outputBytes += result.Status == SegmentationStatus.Skipped ? 0 : result.OutputBytes;
        EgressTelemetry.ImageDone(result.Status, result.Status == SegmentationStatus.Skipped ? 0 : result.OutputBytes);
        if (result.Status == SegmentationStatus.Skipped)
        {
            Log(RunLogLevel.Info, name, ("path", result.Path), ("output", result.OutputPath));
        }
        else
        {
            Log(
                RunLogLevel.Info, name, ("path", result.Path), ("output", result.OutputPath), ("bytes", result.OutputBytes),
                ("batch", result.Batch), ("device", result.Device), ("width", result.Width), ("height", result.Height));
        }
    }

    /// <summary>A picture has no output.</summary>
    public void Failed(string path, EgressException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        _failed++;
        CountError(error);
        EgressTelemetry.ImageFailed(error.ErrorId);
        _trace.ImageFailed(path, error.ErrorId);
        Log(RunLogLevel.Error, RunLogEvent.ImageFailed, ("path", path), ("error", error.ErrorId), ("message", error.Message), ("advice", error.Advice));
    }

    /// <summary>A batch of sequences is done, or some had nothing to be done.</summary>
    public void Done(EmbeddingBatchResult batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var bytes = batch.Status == EmbeddingStatus.Skipped ? 0 : batch.OutputBytes;
        var name = batch.Status switch
        {
            EmbeddingStatus.Written => RunLogEvent.BatchWritten,
            EmbeddingStatus.Skipped => RunLogEvent.BatchSkipped,
            _ => RunLogEvent.BatchProcessed,
        };
        _ = batch.Status switch
        {
            EmbeddingStatus.Written => _written += batch.Count,
            EmbeddingStatus.Skipped => _skipped += batch.Count,
            _ => _processed += batch.Count,
        };
        _outputBytes += bytes;
        EgressTelemetry.SequencesDone(batch.Status, batch.Count, bytes);
        Log(
            RunLogLevel.Info, name, ("batch", batch.Batch), ("sequences", batch.Count), ("output", batch.Location), ("bytes", bytes),
            ("tokens", batch.TokenCount), ("paddingShare", batch.PaddingShare), ("device", batch.Device));
    }

    /// <summary>A sequence has no vector.</summary>
    public void FailedSequence(string id, EgressException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        _failed++;
        CountError(error);
        EgressTelemetry.SequenceFailed(error.ErrorId);
        _trace.ImageFailed(id, error.ErrorId);
        Log(RunLogLevel.Error, RunLogEvent.SequenceFailed, ("id", id), ("error", error.ErrorId), ("message", error.Message), ("advice", error.Advice));
    }

    /// <summary>A picture is left to another shard.</summary>
    public void LeftToAnotherShard() => _otherShards++;

    /// <summary>A stage does not come on. Any thread may say so.</summary>
    /// <param name="stage">Which.</param>
    /// <param name="duration">For how long.</param>
    /// <param name="report">Where everything is.</param>
    public void Stalled(string stage, TimeSpan duration, string report)
    {
        Interlocked.Increment(ref _stalls);
        EgressTelemetry.Stalled(stage);
        Log(RunLogLevel.Warning, RunLogEvent.StageStalled, ("stage", stage), ("seconds", duration), ("report", report));
    }

    /// <summary>A fault ends the run; the first one counts.</summary>
    public void Fault(EgressException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        if (_fault is not null || Summary is not null)
        {
            return;
        }

        _fault = error;
        CountError(error);
        EgressTelemetry.Failed(error.ErrorId);
        _trace.Fail(error.ErrorId, error.Message);
        Log(
            RunLogLevel.Error, RunLogEvent.RunFaulted, ("error", error.ErrorId), ("message", error.Message), ("advice", error.Advice),
            ("target", error.Target?.ToString()));
    }

    /// <summary>The run has ended.</summary>
    /// <param name="stopped">Whether it was stopped before its end.</param>
    public RunSummary End(bool stopped = false)
    {
        if (Summary is not null)
        {
            return Summary;
        }

        var outcome = _fault is not null ? RunOutcome.Faulted
            : stopped ? RunOutcome.Stopped
            : _failed > 0 ? RunOutcome.SucceededWithErrors
            : RunOutcome.Succeeded;
        var duration = Stopwatch.GetElapsedTime(_startTicks);
        _trace.SetTag("egress.outcome", EgressTelemetry.SnakeCase(outcome.ToString()));
        _trace.SetTag("egress.images.written", _written);
        _trace.SetTag("egress.images.failed", _failed);
        _trace.Dispose();
        EgressTelemetry.HostMemory(-_hostMemoryBytes);
        EgressTelemetry.RunEnded(outcome, duration);

        var telemetryProblem = _export()?.Flush();
        if (telemetryProblem is not null)
        {
            Log(RunLogLevel.Warning, RunLogEvent.TelemetryLost, ("message", telemetryProblem));
        }

        var summary = Summarise(outcome, duration, telemetryProblem);
        LogSummary(summary);

        // The last line can be the one that did not fit on the disk.
        Summary = _log?.Problem is null ? summary : Summarise(outcome, duration, telemetryProblem);
        _log?.Dispose();
        return Summary;
    }

    /// <summary>Ends a run that nothing else has ended: it was stopped.</summary>
    public void Dispose() => End(stopped: true);

    private RunSummary Summarise(RunOutcome outcome, TimeSpan duration, string? telemetryProblem) => new()
    {
        RunId = RunId,
        Outcome = outcome,
        ExitCode = outcome switch
        {
            RunOutcome.Faulted => EgressExitCode.Of(_fault!),
            RunOutcome.Stopped => EgressExitCode.Stopped,
            RunOutcome.SucceededWithErrors => EgressExitCode.DataError,
            _ => EgressExitCode.Success,
        },
        StartedAt = _startedAt,
        Duration = duration,
        Model = _model,
        Device = _run.Device,
        Destination = _destination,
        ShardIndex = Index,
        ShardCount = Count,
        Written = _written,
        Skipped = _skipped,
        Processed = _processed,
        Failed = _failed,
        OtherShards = _otherShards,
        OutputBytes = _outputBytes,
        Errors = new Dictionary<string, long>(_errors),
        FaultId = _fault?.ErrorId,
        FaultMessage = _fault?.Message,
        StageSeconds = _stages.Seconds(),
        Stalls = Interlocked.Read(ref _stalls),
        HostMemoryBytes = _hostMemoryBytes,
        PeakMemoryBytes = PeakMemory(),
        LogProblem = _log?.Problem,
        TelemetryProblem = telemetryProblem,
    };

    private void LogSummary(RunSummary summary) => Log(
        summary.IsHealthy ? RunLogLevel.Info : summary.Outcome == RunOutcome.Faulted ? RunLogLevel.Error : RunLogLevel.Warning,
        RunLogEvent.RunEnded, ("outcome", summary.Outcome), ("exitCode", summary.ExitCode), ("healthy", summary.IsHealthy),
        ("seconds", summary.Duration), ("images", summary.Images), ("written", summary.Written), ("skipped", summary.Skipped),
        ("processed", summary.Processed), ("failed", summary.Failed), ("otherShards", summary.OtherShards), ("outputBytes", summary.OutputBytes),
        ("imagesPerSecond", summary.ImagesPerSecond), ("errors", summary.Errors), ("fault", summary.FaultId), ("stalls", summary.Stalls),
        ("hostMemoryBytes", summary.HostMemoryBytes), ("peakMemoryBytes", summary.PeakMemoryBytes), ("telemetryProblem", summary.TelemetryProblem));

    private void CountError(EgressException error) => _errors[error.ErrorId] = _errors.GetValueOrDefault(error.ErrorId) + 1;

    private void Log(RunLogLevel level, string name, params ReadOnlySpan<(string, object?)> fields) => _log?.Write(level, name, fields);

    private static long PeakMemory()
    {
        try
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }
        catch (Exception error) when (error is InvalidOperationException or IOException or Win32Exception)
        {
            // A process that may open no more files cannot even look at itself.
            return 0;
        }
    }
}

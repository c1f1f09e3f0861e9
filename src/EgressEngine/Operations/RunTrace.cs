using System.Collections.Concurrent;
using System.Diagnostics;
using Egress.Pipeline;

namespace Egress.Operations;

/// <summary>
/// The trace of one run: an activity for the run, one for each batch in it, and in that one for each piece of a stage's work or
/// wait. Loading is left to the metrics: an activity a picture would be most of the trace. Where nobody samples the run, nothing is
/// kept.
/// </summary>
internal sealed class RunTrace : IDisposable
{
    /// <summary>The variable that gives the trace which a job belongs to, as the W3C writes it.</summary>
    public const string ParentVariable = "TRACEPARENT";

    private readonly Activity? _run;
    private readonly ConcurrentDictionary<long, Activity> _batches = new();
    private readonly DateTime _originTime = DateTime.UtcNow;
    private readonly long _originTicks = Stopwatch.GetTimestamp();

    /// <param name="runId">The run.</param>
    /// <param name="environment">Gives environment variables.</param>
    public RunTrace(string runId, Func<string, string?> environment)
    {
        _ = ActivityContext.TryParse(environment(ParentVariable), environment("TRACESTATE"), isRemote: true, out var parent);
        _run = Start("egress.run", parent);
        _run?.SetTag("egress.run.id", runId);
    }

    /// <summary>The trace's id, by which its log's events can be found, or null.</summary>
    public string? TraceId => _run?.TraceId.ToHexString();

    /// <summary>Says more about the run.</summary>
    public void SetTag(string name, object? value) => _run?.SetTag(name, value);

    /// <summary>A picture has no output.</summary>
    public void ImageFailed(string name, string errorId) => _run?.AddEvent(new ActivityEvent(
        "image.failed", tags: new ActivityTagsCollection { ["egress.image"] = name, ["error.type"] = errorId }));

    /// <summary>A stage worked on a batch or waited.</summary>
    public void StageEnded(PipelineStage stage, long batch, long startTicks, long endTicks)
    {
        if (_run is null || stage == PipelineStage.Load)
        {
            return;
        }

        // The copy in is the first that the lane does with a batch, and it has ended before another thread gets the batch.
        if (stage == PipelineStage.CopyIn && Start("egress.batch", _run.Context, Time(startTicks)) is { } started)
        {
            started.SetTag("egress.batch", batch);
            _batches[batch] = started;
        }

        if (_batches.TryGetValue(batch, out var parent))
        {
            using var activity = Start(EgressTelemetry.StageName(stage), parent.Context, Time(startTicks));
            activity?.SetTag("egress.thread", Thread.CurrentThread.Name);
            activity?.SetEndTime(Time(endTicks));
        }
    }

    /// <summary>A batch's outputs are all processed.</summary>
    public void BatchProcessed(long batch, long ticks)
    {
        if (_batches.TryRemove(batch, out var activity))
        {
            activity.SetEndTime(Time(ticks));
            activity.Dispose();
        }
    }

    /// <summary>The run has failed.</summary>
    public void Fail(string errorId, string message)
    {
        _run?.SetTag("error.type", errorId);
        _run?.SetStatus(ActivityStatusCode.Error, message);
    }

    /// <summary>Ends the run's activity, and first those of batches that did not end.</summary>
    public void Dispose()
    {
        var current = Activity.Current;
        foreach (var batch in _batches.Keys.ToList())
        {
            if (_batches.TryRemove(batch, out var activity))
            {
                activity.SetStatus(ActivityStatusCode.Error, "The run ended before the batch did.");
                activity.Dispose();
            }
        }

        _run?.Dispose();
        Activity.Current = current;
    }

    /// <summary>Starts an activity without making it the thread's current one: it ends on another thread, and scripts have theirs.</summary>
    private static Activity? Start(string name, ActivityContext parent, DateTime startTime = default)
    {
        var current = Activity.Current;
        try
        {
            return parent == default
                ? EgressTelemetry.Source.StartActivity(name, ActivityKind.Internal)
                : EgressTelemetry.Source.StartActivity(name, ActivityKind.Internal, parent, startTime: startTime);
        }
        finally
        {
            Activity.Current = current;
        }
    }

    private DateTime Time(long ticks) => _originTime + Stopwatch.GetElapsedTime(_originTicks, ticks);
}

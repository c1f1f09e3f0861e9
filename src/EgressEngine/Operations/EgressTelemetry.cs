using System.Diagnostics;
using System.Diagnostics.Metrics;
using Egress.Devices;
using Egress.Embedding;
using Egress.Pipeline;
using Egress.Segmentation;

namespace Egress.Operations;

/// <summary>
/// The metrics and the source of traces of this process, through .NET's own meter and activity source, both named
/// <see cref="Name"/>: any listener in the process gets them. Where nobody listens, reporting is a look at a field.
/// </summary>
internal static class EgressTelemetry
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "Egress";

    private static readonly string? s_version = typeof(EgressTelemetry).Assembly.GetName().Version?.ToString(3);
    private static readonly Meter s_meter = new(Name, s_version);

    private static readonly Counter<long> s_images =
        s_meter.CreateCounter<long>("egress.images", "{image}", "Pictures that a run is done with, by egress.status.");

    private static readonly Counter<long> s_sequences =
        s_meter.CreateCounter<long>("egress.sequences", "{sequence}", "Sequences that a run is done with, by egress.status.");

    private static readonly Counter<long> s_errors =
        s_meter.CreateCounter<long>("egress.errors", "{error}", "Items without output and runs that a fault ended, by error.type.");

    private static readonly Counter<long> s_outputBytes =
        s_meter.CreateCounter<long>("egress.output.size", "By", "Bytes of committed outputs.");

    private static readonly Counter<long> s_batches =
        s_meter.CreateCounter<long>("egress.batches", "{batch}", "Batches whose outputs are all processed.");

    private static readonly Histogram<double> s_stage =
        s_meter.CreateHistogram<double>("egress.stage.duration", "s", "How long a stage worked on a batch or waited, by egress.stage.", advice: Buckets);

    private static readonly Histogram<double> s_device =
        s_meter.CreateHistogram<double>(
            "egress.device.duration", "s", "How long a device worked on a batch, by egress.device and egress.work.", advice: Buckets);

    private static readonly UpDownCounter<long> s_activeRuns =
        s_meter.CreateUpDownCounter<long>("egress.runs.active", "{run}", "Runs under way.");

    private static readonly UpDownCounter<long> s_hostMemory =
        s_meter.CreateUpDownCounter<long>("egress.host_memory.usage", "By", "Host memory in the buffers of runs under way.");

    private static readonly Histogram<double> s_run =
        s_meter.CreateHistogram<double>("egress.run.duration", "s", "How long a run took, by egress.outcome.", advice: RunBuckets);

    private static readonly Counter<long> s_stalls =
        s_meter.CreateCounter<long>("egress.stalls", "{stall}", "Times that a stage did not come on for a while, by egress.stage.");

    private static readonly string[] s_stageNames = [.. Enum.GetNames<PipelineStage>().Select(SnakeCase)];

    /// <summary>The source of activities.</summary>
    public static ActivitySource Source { get; } = new(Name, s_version);

    /// <summary>Whether somebody wants to know when devices work, which costs two events for each piece of work.</summary>
    public static bool WantsDeviceTimes => s_device.Enabled;

    // From a small copy to the processing of gigabytes.
    private static InstrumentAdvice<double> Buckets { get; } = new()
    {
        HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    };

    // From a test to a night.
    private static InstrumentAdvice<double> RunBuckets { get; } = new()
    {
        HistogramBucketBoundaries = [1, 5, 15, 60, 300, 900, 3600, 7200, 14400, 28800, 57600, 86400],
    };

    /// <summary>The name of a stage in metrics, traces and logs: <c>copy_out</c>.</summary>
    public static string StageName(PipelineStage stage) => s_stageNames[(int)stage];

    /// <summary>A run begins.</summary>
    public static void RunStarted() => s_activeRuns.Add(1);

    /// <summary>A run's buffers are allocated, or with a negative number given back.</summary>
    public static void HostMemory(long bytes) => s_hostMemory.Add(bytes);

    /// <summary>A run has ended.</summary>
    public static void RunEnded(RunOutcome outcome, TimeSpan duration)
    {
        s_activeRuns.Add(-1);
        s_run.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("egress.outcome", SnakeCase(outcome.ToString())));
    }

    /// <summary>A picture is done.</summary>
    public static void ImageDone(SegmentationStatus status, long outputBytes)
    {
        s_images.Add(1, new KeyValuePair<string, object?>("egress.status", SnakeCase(status.ToString())));
        if (outputBytes > 0)
        {
            s_outputBytes.Add(outputBytes);
        }
    }

    /// <summary>A picture has no output.</summary>
    public static void ImageFailed(string errorId)
    {
        s_images.Add(1, new KeyValuePair<string, object?>("egress.status", "failed"));
        Failed(errorId);
    }

    /// <summary>Sequences are done.</summary>
    public static void SequencesDone(EmbeddingStatus status, int count, long outputBytes)
    {
        s_sequences.Add(count, new KeyValuePair<string, object?>("egress.status", SnakeCase(status.ToString())));
        if (outputBytes > 0)
        {
            s_outputBytes.Add(outputBytes);
        }
    }

    /// <summary>A sequence has no vector.</summary>
    public static void SequenceFailed(string errorId)
    {
        s_sequences.Add(1, new KeyValuePair<string, object?>("egress.status", "failed"));
        Failed(errorId);
    }

    /// <summary>Something failed.</summary>
    public static void Failed(string errorId) => s_errors.Add(1, new KeyValuePair<string, object?>("error.type", errorId));

    /// <summary>A batch's outputs are all processed.</summary>
    public static void BatchDone() => s_batches.Add(1);

    /// <summary>A stage worked or waited.</summary>
    public static void StageEnded(PipelineStage stage, double seconds) =>
        s_stage.Record(seconds, new KeyValuePair<string, object?>("egress.stage", StageName(stage)));

    /// <summary>A device worked.</summary>
    public static void DeviceWorked(IDevice device, DeviceWork work, double seconds) => s_device.Record(
        seconds,
        new KeyValuePair<string, object?>("egress.device", device.Name),
        new KeyValuePair<string, object?>("egress.work", SnakeCase(work.ToString())));

    /// <summary>A stage does not come on.</summary>
    public static void Stalled(string stage) => s_stalls.Add(1, new KeyValuePair<string, object?>("egress.stage", stage));

    /// <summary><c>CopyOut</c> becomes <c>copy_out</c>.</summary>
    internal static string SnakeCase(string name) => string.Concat(
        name.Select((letter, index) => index > 0 && char.IsUpper(letter) ? $"_{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));
}

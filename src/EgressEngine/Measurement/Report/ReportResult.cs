namespace Egress.Measurement.Report;

/// <summary>
/// A measurement as a report sees it: a <see cref="ThroughputResult"/>, or one that was written to a file and read back. What is not
/// known is null.
/// </summary>
public sealed record ReportResult
{
    /// <summary>The place among the report's results, from 1.</summary>
    public int Number { get; init; }

    /// <summary>What was run: segmentation, embeddings.</summary>
    public string Workload { get; init; } = "Segmentation";

    /// <summary>The design that moved outputs off the device.</summary>
    public required string Strategy { get; init; }

    /// <summary>The network.</summary>
    public string Model { get; init; } = "";

    /// <summary>The device.</summary>
    public string Device { get; init; } = "";

    /// <summary>The precision that the network computed in.</summary>
    public string Precision { get; init; } = "";

    /// <summary>What of the output left the device.</summary>
    public string OutputKind { get; init; } = "";

    /// <summary>Items in a batch.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Side of the pictures in pixels.</summary>
    public int? ImageSize { get; init; }

    /// <inheritdoc cref="ThroughputResult.SequenceLength"/>
    public int? SequenceLength { get; init; }

    /// <summary>Number of classes.</summary>
    public int? ClassCount { get; init; }

    /// <summary>Threads that processed outputs.</summary>
    public int? WorkerCount { get; init; }

    /// <summary>Output buffers; 0 for strategies without a pool.</summary>
    public int? BufferCount { get; init; }

    /// <summary>Threads that loaded inputs.</summary>
    public int? LoaderCount { get; init; }

    /// <summary>Repetitions.</summary>
    public int? Repeat { get; init; }

    /// <summary>Measured steps of a repetition.</summary>
    public int? Steps { get; init; }

    /// <summary>Batches per second; null for a configuration that failed.</summary>
    public double? StepsPerSecond { get; init; }

    /// <summary>The 95 % confidence interval of <see cref="StepsPerSecond"/>.</summary>
    public Interval? Confidence { get; init; }

    /// <summary>Half the width of the interval over the value.</summary>
    public double? Noise { get; init; }

    /// <summary>Whether the noise is above what was allowed.</summary>
    public bool IsNoisy { get; init; }

    /// <summary>Whether repetitions made the interval narrow enough; null where that was not asked for.</summary>
    public bool? IsStable { get; init; }

    /// <summary>Items per second.</summary>
    public double? ImagesPerSecond { get; init; }

    /// <summary>Gigabytes (10⁹ bytes) of output per second.</summary>
    public double? EgressGBPerSecond { get; init; }

    /// <summary>The median time of a step in milliseconds.</summary>
    public double? StepMilliseconds { get; init; }

    /// <summary>The time in milliseconds that 95 of 100 steps do not exceed.</summary>
    public double? P95Milliseconds { get; init; }

    /// <summary>The time in milliseconds that 99 of 100 steps do not exceed.</summary>
    public double? P99Milliseconds { get; init; }

    /// <summary>Throughput over that of Baseline.</summary>
    public double? Speedup { get; init; }

    /// <summary>Steps per second that a perfect overlap would reach.</summary>
    public double? LimitStepsPerSecond { get; init; }

    /// <summary>Which part sets that limit: the slowest alone.</summary>
    public string? LimitSetBy { get; init; }

    /// <summary>What the run waited for.</summary>
    public string? LimitedBy { get; init; }

    /// <summary>Throughput over the limit.</summary>
    public double? Efficiency { get; init; }

    /// <summary>Bytes of host memory in the run's buffers.</summary>
    public long? HostMemoryBytes { get; init; }

    /// <summary>Bytes of device memory at the peak.</summary>
    public long? DeviceMemoryBytes { get; init; }

    /// <summary>Whether the bytes were compared with a plain copy and found equal.</summary>
    public bool? Verified { get; init; }

    /// <summary>The error's id, for a configuration that failed.</summary>
    public string? ErrorId { get; init; }

    /// <summary>The error's message.</summary>
    public string? Error { get; init; }

    /// <summary>What to change, in a sentence.</summary>
    public string? Advice { get; init; }

    /// <summary>The machine that it was measured on.</summary>
    public string? Machine { get; init; }

    /// <summary>When it was measured.</summary>
    public DateTimeOffset? MeasuredAt { get; init; }

    /// <summary>A few of its steps; null where they were not recorded.</summary>
    public StepTimeline? Timeline { get; init; }

    /// <summary>A measurement as a report sees it, with its timeline where that was recorded.</summary>
    public static ReportResult Of(ThroughputResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new ReportResult
        {
            Workload = result.Workload,
            Strategy = result.Strategy,
            Model = result.Model,
            Device = result.Device,
            Precision = result.Precision,
            OutputKind = result.OutputKind,
            BatchSize = Known(result.BatchSize),
            ImageSize = Known(result.ImageSize),
            SequenceLength = Known(result.SequenceLength),
            ClassCount = Known(result.ClassCount),
            WorkerCount = Known(result.WorkerCount),
            BufferCount = result.BufferCount,
            LoaderCount = Known(result.LoaderCount),
            Repeat = Known(result.Repeat),
            Steps = Known(result.Steps),
            StepsPerSecond = result.StepsPerSecond,
            Confidence = result.ConfidenceLow is { } low && result.ConfidenceHigh is { } high ? new Interval(Math.Max(0, low), high) : null,
            Noise = result.Noise,
            IsNoisy = result.IsNoisy == true,
            IsStable = result.IsStable,
            ImagesPerSecond = result.ImagesPerSecond,
            EgressGBPerSecond = result.EgressGBPerSecond,
            StepMilliseconds = result.StepMilliseconds,
            P95Milliseconds = result.P95Milliseconds,
            P99Milliseconds = result.P99Milliseconds,
            Speedup = result.Speedup,
            LimitStepsPerSecond = result.LimitStepsPerSecond,
            LimitSetBy = result.Limits?.LimitedBy.ToString(),
            LimitedBy = result.LimitedBy,
            Efficiency = result.Efficiency,
            HostMemoryBytes = result.HostMemoryBytes,
            DeviceMemoryBytes = result.DeviceMemoryBytes,
            Verified = result.Verified,
            ErrorId = result.ErrorId,
            Error = result.Error,
            Advice = result.Advice,
            Machine = string.IsNullOrEmpty(result.Machine) ? null : result.Machine,
            MeasuredAt = result.MeasuredAt == default ? null : result.MeasuredAt,
            Timeline = RecordedTimelines.Find(result),
        };
    }

    /// <summary>Whether there is a throughput to draw.</summary>
    public bool IsMeasured => StepsPerSecond is > 0 && double.IsFinite(StepsPerSecond.Value);

    /// <summary>What it was measured for: results are comparable where this is equal.</summary>
    internal (string, string Device, string Model, string Precision, string OutputKind, int? ImageSize, int? SequenceLength, int? ClassCount) Task =>
        (Workload, Device, Model, Precision, OutputKind, ImageSize, SequenceLength, ClassCount);

    /// <summary>The settings in words, without those of the task.</summary>
    internal string Settings => string.Join(", ", ((string?[])
    [
        Strategy,
        BatchSize is { } batch ? $"batches of {batch}" : null,
        WorkerCount is { } workers ? Words.Count(workers, "worker") : null,
        BufferCount is > 0 and { } buffers ? Words.Count(buffers, "buffer") : null,
        LoaderCount is { } loaders ? Words.Count(loaders, "loader") : null,
    ]).Where(part => part is not null));

    // A table without the column gives none.
    private static int? Known(int value) => value > 0 ? value : null;
}

namespace Egress.Measurement;

/// <summary>
/// One configuration's measurement, or the error that kept it from being measured: then its numbers are null. Names are a contract:
/// scripts, tables and CSV files use them. Everything but <see cref="Samples"/> and <see cref="Limits"/> is a single value.
/// </summary>
public sealed record ThroughputResult
{
    /// <summary>What was run.</summary>
    public string Workload { get; init; } = "Segmentation";

    /// <summary>The design that moved outputs off the device.</summary>
    public required string Strategy { get; init; }

    /// <summary>The network.</summary>
    public required string Model { get; init; }

    /// <summary>The device.</summary>
    public required string Device { get; init; }

    /// <summary>The precision that the network computed in.</summary>
    public required string Precision { get; init; }

    /// <summary>What of the output left the device.</summary>
    public required string OutputKind { get; init; }

    /// <summary>Items in a batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Side of the square that pictures are resized to, in pixels; 0 for sequences.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Tokens of a sequence; 0 for pictures.</summary>
    public int SequenceLength { get; init; }

    /// <summary>Number of classes; 0 for encoders.</summary>
    public required int ClassCount { get; init; }

    /// <summary>Threads that processed outputs.</summary>
    public required int WorkerCount { get; init; }

    /// <summary>Output buffers; 0 for strategies without a pool.</summary>
    public required int BufferCount { get; init; }

    /// <summary>Threads that loaded inputs.</summary>
    public required int LoaderCount { get; init; }

    /// <summary>The file of the network's parameters; null: random ones.</summary>
    public string? Weights { get; init; }

    /// <summary>Measured steps of each repetition.</summary>
    public required int Steps { get; init; }

    /// <summary>One of <see cref="ThroughputStatus"/>.</summary>
    public string Status { get; init; } = ThroughputStatus.Measured;

    /// <summary>How often it was measured; 0 where it could not be.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>Batches per second, end to end: the median of the repetitions.</summary>
    public double? StepsPerSecond { get; init; }

    /// <summary>The lower end of the 95 % confidence interval of <see cref="StepsPerSecond"/>; null for a single repetition.</summary>
    public double? ConfidenceLow { get; init; }

    /// <summary>Its upper end.</summary>
    public double? ConfidenceHigh { get; init; }

    /// <summary>Batches per second of each repetition.</summary>
    public ThroughputSamples? Samples { get; init; }

    /// <summary>
    /// Half the width of the confidence interval over <see cref="StepsPerSecond"/>; for a single repetition as its own steps let one
    /// expect it, null where they are too few.
    /// </summary>
    public double? Noise { get; init; }

    /// <summary>Whether <see cref="Noise"/> is above the tolerance: the numbers are then worth little.</summary>
    public bool? IsNoisy { get; init; }

    /// <summary>
    /// Where it was repeated until stable: whether the interval became narrow enough, or the most repetitions were made before it
    /// did. Null otherwise.
    /// </summary>
    public bool? IsStable { get; init; }

    /// <summary>Items per second.</summary>
    public double? ImagesPerSecond { get; init; }

    /// <summary>Gigabytes (10⁹ bytes) of output per second.</summary>
    public double? EgressGBPerSecond { get; init; }

    /// <summary>The median time of a step in milliseconds, over the steps of all repetitions.</summary>
    public double? StepMilliseconds { get; init; }

    /// <summary>The time in milliseconds that 90 of 100 steps do not exceed.</summary>
    public double? P90Milliseconds { get; init; }

    /// <summary>The time in milliseconds that 95 of 100 steps do not exceed.</summary>
    public double? P95Milliseconds { get; init; }

    /// <summary>The time in milliseconds that 99 of 100 steps do not exceed.</summary>
    public double? P99Milliseconds { get; init; }

    /// <summary>Steps per second over those of Baseline in the same configuration; null where that was not run.</summary>
    public double? Speedup { get; init; }

    /// <summary>Steps per second that a perfect overlap would reach; null where it was not measured.</summary>
    public double? LimitStepsPerSecond { get; init; }

    /// <summary>
    /// What the run waited for, a name of <see cref="LimitingStage"/>: the part that was busy for the largest share of the measured
    /// time. Null where it was not measured.
    /// </summary>
    public string? LimitedBy { get; init; }

    /// <summary>Steps per second over the limit; null where it was not measured.</summary>
    public double? Efficiency { get; init; }

    /// <summary>Steps per second of the model alone.</summary>
    public double? LimitCompute => Limits?.Compute;

    /// <summary>Steps per second of the outputs' copies alone.</summary>
    public double? LimitCopyOut => Limits?.CopyOut;

    /// <summary>Steps per second of the inputs' copies alone.</summary>
    public double? LimitCopyIn => Limits?.CopyIn;

    /// <summary>Steps per second of all workers processing outputs that are there already.</summary>
    public double? LimitProcessing => Limits?.Processing;

    /// <summary>Steps per second of all loaders loading inputs that nobody waits for.</summary>
    public double? LimitInput => Limits?.Input;

    /// <summary>What each part manages alone; null where it was not measured.</summary>
    public ThroughputLimits? Limits { get; init; }

    /// <summary>What to change, in one sentence; null where nothing is to be gained. For one that failed, what its error advises.</summary>
    public string? Advice { get; init; }

    /// <summary>Bytes of host memory in the run's buffers.</summary>
    public long? HostMemoryBytes { get; init; }

    /// <summary>The most bytes of device memory that were in use; null where the device has none of its own or does not tell.</summary>
    public long? DeviceMemoryBytes { get; init; }

    /// <summary>Whether the bytes that workers received were compared with a plain copy and found equal; null: not compared.</summary>
    public bool? Verified { get; init; }

    /// <summary>The id of the error of a configuration that failed, one of <see cref="EgressErrorId"/>.</summary>
    public string? ErrorId { get; init; }

    /// <summary>Its message.</summary>
    public string? Error { get; init; }

    /// <summary>The machine's name.</summary>
    public string Machine { get; init; } = Environment.MachineName;

    /// <summary>When its measurement began.</summary>
    public DateTimeOffset MeasuredAt { get; init; } = DateTimeOffset.Now;
}

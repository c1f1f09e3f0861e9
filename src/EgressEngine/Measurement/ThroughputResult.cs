namespace Egress.Measurement;

/// <summary>One configuration's measurement. Names are a contract: scripts, tables and CSV files use them.</summary>
public sealed class ThroughputResult
{
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

    /// <summary>Side of the square that pictures are resized to, in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Number of classes.</summary>
    public required int ClassCount { get; init; }

    /// <summary>Threads that processed outputs.</summary>
    public required int WorkerCount { get; init; }

    /// <summary>Output buffers; 0 for strategies without a pool.</summary>
    public required int BufferCount { get; init; }

    /// <summary>Threads that loaded inputs.</summary>
    public required int LoaderCount { get; init; }

    /// <summary>How often it was measured; the numbers are those of the repetition with the median throughput.</summary>
    public int Repeat { get; set; } = 1;

    /// <summary>Measured steps.</summary>
    public required int Steps { get; init; }

    /// <summary>Batches per second, end to end.</summary>
    public required double StepsPerSecond { get; init; }

    /// <summary>Items per second.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Gigabytes (10⁹ bytes) of output per second.</summary>
    public required double EgressGBPerSecond { get; init; }

    /// <summary>The median time of a step in milliseconds.</summary>
    public required double StepMilliseconds { get; init; }

    /// <summary>The time in milliseconds that 99 of 100 steps do not exceed.</summary>
    public required double P99Milliseconds { get; init; }

    /// <summary>Steps per second over those of Baseline in the same configuration; null where that was not run.</summary>
    public double? Speedup { get; set; }

    /// <summary>Steps per second that a perfect overlap would reach; null where it was not measured.</summary>
    public double? LimitStepsPerSecond { get; init; }

    /// <summary>What the run waited for: the part that was busy for the largest share of the measured time.</summary>
    public LimitingStage LimitedBy { get; init; }

    /// <summary>Steps per second over the limit; null where it was not measured.</summary>
    public double? Efficiency { get; init; }

    /// <summary>What each part manages alone; null where it was not measured.</summary>
    public ThroughputLimits? Limits { get; init; }

    /// <summary>Bytes of host memory in the run's buffers.</summary>
    public required long HostMemoryBytes { get; init; }

    /// <summary>Whether the bytes that workers received were compared with a plain copy and found equal; null: not compared.</summary>
    public bool? Verified { get; init; }
}

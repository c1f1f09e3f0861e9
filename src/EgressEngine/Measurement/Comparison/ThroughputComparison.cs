namespace Egress.Measurement.Comparison;

/// <summary>One configuration before and after. Names are a contract.</summary>
public sealed record ThroughputComparison
{
    /// <summary>One of <see cref="ThroughputVerdict"/>.</summary>
    public required string Verdict { get; init; }

    /// <inheritdoc cref="ThroughputResult.Workload"/>
    public required string Workload { get; init; }

    /// <inheritdoc cref="ThroughputResult.Strategy"/>
    public required string Strategy { get; init; }

    /// <inheritdoc cref="ThroughputResult.Model"/>
    public required string Model { get; init; }

    /// <inheritdoc cref="ThroughputResult.Device"/>
    public required string Device { get; init; }

    /// <inheritdoc cref="ThroughputResult.Precision"/>
    public required string Precision { get; init; }

    /// <inheritdoc cref="ThroughputResult.OutputKind"/>
    public required string OutputKind { get; init; }

    /// <inheritdoc cref="ThroughputResult.BatchSize"/>
    public required int BatchSize { get; init; }

    /// <inheritdoc cref="ThroughputResult.ImageSize"/>
    public required int ImageSize { get; init; }

    /// <inheritdoc cref="ThroughputResult.SequenceLength"/>
    public int SequenceLength { get; init; }

    /// <inheritdoc cref="ThroughputResult.ClassCount"/>
    public required int ClassCount { get; init; }

    /// <inheritdoc cref="ThroughputResult.WorkerCount"/>
    public required int WorkerCount { get; init; }

    /// <inheritdoc cref="ThroughputResult.BufferCount"/>
    public required int BufferCount { get; init; }

    /// <inheritdoc cref="ThroughputResult.LoaderCount"/>
    public required int LoaderCount { get; init; }

    /// <summary>Steps per second before: the median of all its repetitions; null where there are none.</summary>
    public double? ReferenceStepsPerSecond { get; init; }

    /// <summary>Steps per second after, likewise.</summary>
    public double? DifferenceStepsPerSecond { get; init; }

    /// <summary>By which share it became faster: 0.1 for a tenth, below zero for slower; the ratio of the geometric means less one.</summary>
    public double? Change { get; init; }

    /// <summary>The lower end of the 95 % confidence interval of <see cref="Change"/>.</summary>
    public double? ChangeLow { get; init; }

    /// <summary>Its upper end.</summary>
    public double? ChangeHigh { get; init; }

    /// <summary>How probable so large a difference is where there is none: Welch's test on the logarithms of the repetitions.</summary>
    public double? PValue { get; init; }

    /// <summary>
    /// The same with regard to how many configurations were compared (Holm's method): of many, some differ by chance. The verdict
    /// rests on this one.
    /// </summary>
    public double? AdjustedPValue { get; init; }

    /// <summary>Repetitions before.</summary>
    public int ReferenceRepeat { get; init; }

    /// <summary>Repetitions after.</summary>
    public int DifferenceRepeat { get; init; }

    /// <summary>The machine before.</summary>
    public string? ReferenceMachine { get; init; }

    /// <summary>The machine after.</summary>
    public string? DifferenceMachine { get; init; }

    /// <summary>The error of a configuration that failed after.</summary>
    public string? Error { get; init; }
}

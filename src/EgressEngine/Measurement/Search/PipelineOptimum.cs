namespace Egress.Measurement.Search;

/// <summary>
/// What a search found. Its settings have the names of the parameters that take them, so that it can be piped to
/// Measure-EgressThroughput. Names are a contract.
/// </summary>
public sealed record PipelineOptimum
{
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

    /// <inheritdoc cref="ThroughputResult.ImageSize"/>
    public required int ImageSize { get; init; }

    /// <inheritdoc cref="ThroughputResult.ClassCount"/>
    public required int ClassCount { get; init; }

    /// <summary>The batch size to use.</summary>
    public required int BatchSize { get; init; }

    /// <summary>The number of workers to use.</summary>
    public required int WorkerCount { get; init; }

    /// <summary>The number of loaders to use.</summary>
    public required int LoaderCount { get; init; }

    /// <summary>The number of output buffers to use.</summary>
    public required int BufferCount { get; init; }

    /// <summary>Items a second with these.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Batches a second.</summary>
    public required double StepsPerSecond { get; init; }

    /// <inheritdoc cref="ThroughputResult.LimitedBy"/>
    public string? LimitedBy { get; init; }

    /// <inheritdoc cref="ThroughputResult.Efficiency"/>
    public double? Efficiency { get; init; }

    /// <inheritdoc cref="ThroughputResult.HostMemoryBytes"/>
    public long? HostMemoryBytes { get; init; }

    /// <inheritdoc cref="ThroughputResult.DeviceMemoryBytes"/>
    public long? DeviceMemoryBytes { get; init; }

    /// <summary>Configurations that were run.</summary>
    public required int Runs { get; init; }

    /// <summary>Configurations of the full product.</summary>
    public required int ProductCount { get; init; }

    /// <summary>Why the search ended, one of <see cref="SearchStop"/>.</summary>
    public required string StoppedBy { get; init; }

    /// <summary>How long the search took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Every configuration that was run, in order.</summary>
    public required IReadOnlyList<ThroughputResult> Tried { get; init; }
}

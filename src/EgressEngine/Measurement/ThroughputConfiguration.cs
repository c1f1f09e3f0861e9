using System.Globalization;

namespace Egress.Measurement;

/// <summary>
/// What tells one configuration from another, as results name it: texts and whole numbers alone. Two configurations are the same
/// where these are equal, whatever was read from a file or is about to be measured.
/// </summary>
public sealed record ThroughputConfiguration
{
    /// <summary>What is run.</summary>
    public string Workload { get; init; } = "Segmentation";

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

    /// <inheritdoc cref="ThroughputResult.Weights"/>
    public string? Weights { get; init; }

    /// <summary>A result's configuration.</summary>
    public static ThroughputConfiguration Of(ThroughputResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new ThroughputConfiguration
        {
            Workload = result.Workload,
            Strategy = result.Strategy,
            Model = result.Model,
            Device = result.Device,
            Precision = result.Precision,
            OutputKind = result.OutputKind,
            BatchSize = result.BatchSize,
            ImageSize = result.ImageSize,
            SequenceLength = result.SequenceLength,
            ClassCount = result.ClassCount,
            WorkerCount = result.WorkerCount,
            BufferCount = result.BufferCount,
            LoaderCount = result.LoaderCount,
            Weights = result.Weights,
        };
    }

    /// <summary>A result of this configuration.</summary>
    /// <param name="steps">Measured steps of each repetition.</param>
    internal ThroughputResult ToResult(int steps) => new()
    {
        Workload = Workload,
        Strategy = Strategy,
        Model = Model,
        Device = Device,
        Precision = Precision,
        OutputKind = OutputKind,
        BatchSize = BatchSize,
        ImageSize = ImageSize,
        SequenceLength = SequenceLength,
        ClassCount = ClassCount,
        WorkerCount = WorkerCount,
        BufferCount = BufferCount,
        LoaderCount = LoaderCount,
        Weights = Weights,
        Steps = steps,
    };

    /// <summary>The same with Baseline: buffers and workers mean nothing to it.</summary>
    public ThroughputConfiguration ForBaseline() =>
        this with { Strategy = Pipeline.EgressStrategy.Baseline.Name, WorkerCount = 0, BufferCount = 0 };

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Strategy}, {Model}, {Precision}, {OutputKind} on {Device}"
        + (BatchSize > 0 ? string.Create(CultureInfo.InvariantCulture, $", batches of {BatchSize}") : "")
        + Count(WorkerCount, "worker")
        + (BufferCount > 0 ? Count(BufferCount, "buffer") : "")
        + Count(LoaderCount, "loader");

    private static string Count(int count, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $", {count} {unit}{(count == 1 ? "" : "s")}");
}

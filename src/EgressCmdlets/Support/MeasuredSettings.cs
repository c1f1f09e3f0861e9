using Egress.Buffers;
using Egress.Models;
using Egress.Pipeline;
using Egress.Segmentation;

namespace Egress.Cmdlets.Support;

/// <summary>What configurations of all workloads have, as parameters name it, before anything of it is checked.</summary>
internal abstract record MeasuredSettings
{
    public required string Device { get; init; }

    public required string Model { get; init; }

    public required ModelPrecision Precision { get; init; }

    /// <summary>0: what suits the device.</summary>
    public required int BatchSize { get; init; }

    public required int WorkerCount { get; init; }

    public required int LoaderCount { get; init; }

    /// <summary>0: what suits the workers and the memory there is.</summary>
    public required int BufferCount { get; init; }

    public required string Strategy { get; init; }

    public string? Weights { get; init; }

    public string? OutputName { get; init; }

    public long Seed { get; init; }

    public HostBufferPool? BufferPool { get; init; }

    /// <summary>The weights as results name them: a table's empty cell is none.</summary>
    protected string? NamedWeights => string.IsNullOrEmpty(Weights) ? null : Weights;

    /// <summary>Whether the user named a parameter, on the command line and not by a property of a record.</summary>
    public Func<string, bool> IsNamed { get; init; } = _ => false;

    /// <summary>Full path of the weights, or null.</summary>
    protected string? WeightsPath(EgressCommand command) => NamedWeights is null ? null : command.FullPath(NamedWeights);

    /// <summary>How runs are spread over threads and buffers.</summary>
    /// <param name="strategy">The strategy.</param>
    /// <param name="batchSize">Items in a batch.</param>
    /// <param name="itemBytes">Bytes of an item's output.</param>
    protected PipelineOptions Pipeline(EgressStrategy strategy, int batchSize, long itemBytes) => new()
    {
        Strategy = strategy,
        BatchSize = batchSize,
        LoaderCount = LoaderCount,
        WorkerCount = WorkerCount,
        BufferCount = BufferCount > 0
            ? BufferCount
            : SegmentationOptions.DefaultBufferCount(WorkerCount, batchSize, itemBytes * batchSize),
        BufferPool = BufferPool,
    };
}

using Egress.Backend;
using Egress.Embedding;
using Egress.Measurement.Sweeps;
using Egress.Pipeline;
using Egress.Vectors;

namespace Egress.Measurement;

/// <summary>Embedding as it is measured: sequences of random tokens, all of the greatest length, and nothing is stored.</summary>
/// <param name="options">The configuration; nothing is stored, whatever its destination.</param>
/// <param name="lanes">The devices with the encoder on each.</param>
/// <param name="share">What is shared with other configurations.</param>
/// <param name="backend">Gives the backend.</param>
internal sealed class EmbeddingWorkload(EmbeddingOptions options, EmbeddingLanes lanes, SweepShare share, Func<IBackend> backend)
    : IMeasuredWorkload<EmbeddingItem, EmbeddingBatchResult>
{
    /// <inheritdoc/>
    public PipelineOptions Pipeline => options.Pipeline;

    /// <inheritdoc/>
    public IReadOnlyList<PipelineLane> Lanes { get; } =
        [.. lanes.Lanes.Select(lane => lane with { PoolAllocator = (bytes, kind) => share.Buffers.Allocate(lane.Device, bytes, kind) })];

    /// <summary>Vectors are not reduced to labels.</summary>
    public double LabelShare => 1;

    /// <inheritdoc/>
    public EmbeddingItem CreateItem(long index) => new(new SequenceKey("", index), null, null);

    /// <inheritdoc/>
    public IItemLoader<EmbeddingItem> CreateLoader() => EmbeddingRun.CreateLoader(options, lanes, backend);

    /// <inheritdoc/>
    public IOutputProcessor<EmbeddingItem, EmbeddingBatchResult> CreateProcessor() => EmbeddingRun.CreateProcessor(options, lanes);
}

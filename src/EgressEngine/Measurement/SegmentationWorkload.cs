using Egress.Backend;
using Egress.Measurement.Sweeps;
using Egress.Output;
using Egress.Pipeline;
using Egress.Segmentation;

namespace Egress.Measurement;

/// <summary>Segmentation as it is measured: pictures over and over, or synthetic ones, and no files.</summary>
/// <param name="options">The configuration; nothing is written, whatever its format.</param>
/// <param name="lanes">The devices with the model on each.</param>
/// <param name="pictures">Full paths of pictures; none: synthetic ones.</param>
/// <param name="share">What is shared with other configurations.</param>
/// <param name="backend">Gives the backend; asked only where pictures are decoded.</param>
internal sealed class SegmentationWorkload(
    SegmentationOptions options, SegmentationLanes lanes, IReadOnlyList<string> pictures, SweepShare share, Func<IBackend> backend)
    : IMeasuredWorkload<SegmentationItem, SegmentationResult>
{
    // Enough to differ from each other; more would only fill memory.
    private const int KeptSyntheticCount = 256;

    /// <inheritdoc/>
    public PipelineOptions Pipeline => options.Pipeline;

    /// <inheritdoc/>
    public IReadOnlyList<PipelineLane> Lanes { get; } =
        [.. lanes.Lanes.Select(lane => lane with { PoolAllocator = (bytes, kind) => share.Buffers.Allocate(lane.Device, bytes, kind) })];

    /// <inheritdoc/>
    public double LabelShare => lanes.Timing is not null
        ? 1
        : (double)(options.Model with { OutputKind = Models.OutputKind.Labels }).OutputSpec.Bytes / options.Model.OutputSpec.Bytes;

    /// <inheritdoc/>
    public SegmentationItem CreateItem(long index) => pictures.Count == 0
        ? SegmentationItem.Synthetic(share.Inputs is null ? index : index % KeptSyntheticCount, null)
        : SegmentationItem.FromFile(pictures[(int)(index % pictures.Count)], null);

    /// <inheritdoc/>
    public IItemLoader<SegmentationItem> CreateLoader() =>
        SegmentationRun.CreateLoader(options, lanes, backend, share.Inputs);

    /// <inheritdoc/>
    public IOutputProcessor<SegmentationItem, SegmentationResult> CreateProcessor() =>
        SegmentationRun.CreateProcessor(options with { OutputFormat = OutputFormat.None }, lanes);
}

using Egress.Backend;
using Egress.Devices;
using Egress.Measurement.Sweeps;
using Egress.Pipeline;
using Egress.Segmentation;

namespace Egress.Measurement;

/// <summary>A configuration of segmentation.</summary>
/// <param name="options">The configuration; nothing is written, whatever its format.</param>
/// <param name="devices">Its devices.</param>
/// <param name="pictures">Full paths of pictures to load over and over; none: synthetic ones.</param>
/// <param name="backend">Gives the backend; asked only where it is needed.</param>
public sealed class SegmentationConfiguration(
    SegmentationOptions options, IReadOnlyList<DeviceSpec> devices, IReadOnlyList<string> pictures, Func<IBackend> backend)
    : IMeasuredConfiguration
{
    private readonly SegmentationOptions _options = options;

    /// <inheritdoc/>
    public ThroughputConfiguration Description { get; private set; } = new()
    {
        Strategy = options.Pipeline.Strategy.Name,
        Model = options.Model.Model,
        Device = string.Join(',', devices),
        Precision = options.Model.Precision.ToString(),
        OutputKind = options.Model.OutputKind.ToString(),
        BatchSize = options.Pipeline.BatchSize,
        ImageSize = options.Model.ImageSize,
        ClassCount = options.Model.ClassCount,
        WorkerCount = options.Pipeline.WorkerCount,
        BufferCount = options.Pipeline.Strategy.UsesPool ? options.Pipeline.BufferPool?.Count ?? options.Pipeline.BufferCount : 0,
        LoaderCount = options.Pipeline.LoaderCount,
        Weights = options.Model.WeightsPath,
    };

    /// <inheritdoc/>
    public PipelineOptions Pipeline => _options.Pipeline;

    /// <inheritdoc/>
    public object SharedKey { get; } = (options.Model, string.Join(',', devices));

    /// <inheritdoc/>
    public IDeviceLanes Open() => SegmentationLanes.Open(_options.Model, devices, backend);

    /// <inheritdoc/>
    public IThroughputMeter CreateMeter(IDeviceLanes model, ThroughputOptions options, SweepShare share)
    {
        // A program tells only now how many classes it has.
        var lanes = (SegmentationLanes)model;
        Description = Description with { ClassCount = lanes.Model.ClassCount };
        return new WorkloadMeter<SegmentationItem, SegmentationResult>(
            new SegmentationWorkload(_options with { Model = lanes.Model }, lanes, pictures, share, backend), options, share.Limits);
    }
}

using Egress.Input;
using Egress.Output;
using Egress.Pipeline;
using Egress.Runtime;

namespace Egress.Segmentation;

/// <summary>
/// A run over pictures: offer them, take results in the same order. One thread does both; pictures whose output exists, or that
/// cannot have one, take their place in the order without being computed.
/// </summary>
public sealed class SegmentationRun : IDisposable
{
    private readonly SegmentationOptions _options;
    private readonly DestinationFolder? _destination;
    private readonly BatchPipeline<SegmentationItem, SegmentationResult> _pipeline;

    /// <summary>Checks the destination, allocates the buffers and starts the threads.</summary>
    /// <param name="options">What to do.</param>
    /// <param name="lanes">Where to do it; they belong to the caller and outlive the run.</param>
    /// <param name="backend">Gives the backend; asked only when the first picture is decoded.</param>
    /// <param name="observer">Sees the run from inside, or null.</param>
    /// <exception cref="EgressException">An option makes no sense, the destination takes no files, or memory is short.</exception>
    public SegmentationRun(
        SegmentationOptions options, SegmentationLanes lanes, Func<IBackend> backend, IPipelineObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(lanes);
        options = options with { Model = lanes.Model };
        options.Validate();
        _options = options;
        if (options.OutputFormat != OutputFormat.None)
        {
            _destination = new DestinationFolder(options.Destination!, options.OutputFormat);
        }

        _pipeline = new BatchPipeline<SegmentationItem, SegmentationResult>(
            options.Pipeline,
            lanes.Lanes,
            new PictureLoader(options.Model.ImageSize, options.MaxPixels, () => backend().PictureDecoder),
            CreateProcessor(options, lanes),
            observer);
    }

    /// <summary>Bytes of host memory in the run's buffers.</summary>
    public long HostMemoryBytes => _pipeline.HostMemoryBytes;

    /// <summary>Whether the run has ended and every result was taken.</summary>
    public bool IsCompleted => _pipeline.IsCompleted;

    /// <summary>Prepares a picture file: reserves its output's path. Offer what this returns until it is taken.</summary>
    /// <param name="path">Full path of the picture.</param>
    public Offer PrepareFile(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Prepare(path, outputPath => SegmentationItem.FromFile(path, outputPath));
    }

    /// <summary>Prepares a synthetic picture, likewise.</summary>
    public Offer PrepareSynthetic(long index) =>
        Prepare(SegmentationItem.SyntheticName(index), outputPath => SegmentationItem.Synthetic(index, outputPath));

    /// <summary>Prepares an input that has failed before it got here: its error comes out in its turn.</summary>
    public static Offer PrepareFailed(string path, EgressException error) => new(SegmentationItem.FromFile(path, null), null, error);

    /// <summary>Offers a prepared picture; false: there is no room now, take results and offer it again.</summary>
    public bool TrySubmit(Offer offer)
    {
        ArgumentNullException.ThrowIfNull(offer);
        return offer.IsDone
            ? _pipeline.TrySubmitDone(new ItemOutcome<SegmentationItem, SegmentationResult>(offer.Item, offer.Result, offer.Error))
            : _pipeline.TrySubmit(offer.Item);
    }

    /// <inheritdoc cref="BatchPipeline{TItem, TResult}.CompleteInput"/>
    public void CompleteInput() => _pipeline.CompleteInput();

    /// <inheritdoc cref="BatchPipeline{TItem, TResult}.TryTake"/>
    public bool TryTake(out ItemOutcome<SegmentationItem, SegmentationResult> outcome, int milliseconds) =>
        _pipeline.TryTake(out outcome, milliseconds);

    /// <inheritdoc cref="BatchPipeline{TItem, TResult}.Cancel"/>
    public void Cancel() => _pipeline.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _pipeline.Dispose();

    /// <summary>The processor of a run's outputs.</summary>
    internal static IOutputProcessor<SegmentationItem, SegmentationResult> CreateProcessor(
        SegmentationOptions options, SegmentationLanes lanes)
    {
        var writer = new SegmentationWriter(options);
        return lanes.Timing is { } timing
            ? new SimulatedProcessing<SegmentationItem, SegmentationResult>(timing.Processing, writer)
            : writer;
    }

    private Offer Prepare(string name, Func<string?, SegmentationItem> create)
    {
        if (_destination is null)
        {
            return new Offer(create(null), null, null);
        }

        string outputPath;
        try
        {
            outputPath = _destination.Reserve(name);
        }
        catch (ItemException error)
        {
            return new Offer(create(null), null, error);
        }

        var item = create(outputPath);
        return !_options.Force && File.Exists(outputPath)
            ? new Offer(item, new SegmentationResult { Path = name, OutputPath = outputPath, Status = SegmentationStatus.Skipped }, null)
            : new Offer(item, null, null);
    }

    /// <summary>A picture ready to be offered, or an outcome that is known already.</summary>
    /// <param name="Item">The picture.</param>
    /// <param name="Result">Its result, where it needs no computation.</param>
    /// <param name="Error">Its error, where it cannot be computed.</param>
    public sealed record Offer(SegmentationItem Item, SegmentationResult? Result, EgressException? Error)
    {
        /// <summary>Whether its outcome is known already.</summary>
        public bool IsDone => Result is not null || Error is not null;
    }
}

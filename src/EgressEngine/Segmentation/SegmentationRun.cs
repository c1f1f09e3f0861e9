using System.Diagnostics.CodeAnalysis;
using Egress.Backend;
using Egress.Input;
using Egress.Output;
using Egress.Output.Stores;
using Egress.Output.Zarr;
using Egress.Pipeline;
using Egress.Segmentation.Tiles;

namespace Egress.Segmentation;

/// <summary>
/// A run over pictures: offer them, take results in the same order. One thread does both; pictures whose output exists, or that
/// cannot have one, take their place in the order without being computed.
/// </summary>
public sealed class SegmentationRun : IDisposable
{
    private readonly SegmentationOptions _options;
    private readonly Func<IBackend> _backend;
    private readonly HashSet<TiledPicture> _tiled = [];
    private readonly IReadOnlyList<OutputFile> _files;
    private readonly IOutputStore? _store;
    private readonly OutputRun? _outputs;
    private readonly ZarrGroup? _group;
    private bool _grouped;
    private readonly BatchPipeline<SegmentationItem, SegmentationResult> _pipeline;

    /// <summary>Checks the destination, allocates the buffers and starts the threads.</summary>
    /// <param name="options">What to do.</param>
    /// <param name="lanes">Where to do it; they belong to the caller and outlive the run.</param>
    /// <param name="backend">Gives the backend; asked only when the first picture is decoded.</param>
    /// <param name="observer">Sees the run from inside, or null.</param>
    /// <exception cref="EgressException">
    /// An option makes no sense, the destination takes no files, is another run's or has outputs of other settings, or memory is short.
    /// </exception>
    public SegmentationRun(
        SegmentationOptions options, SegmentationLanes lanes, Func<IBackend> backend, IPipelineObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(lanes);
        options = options with { Model = lanes.Model with { OutputKind = options.Model.OutputKind } };
        options.Validate();
        _options = options;
        _backend = backend;
        _files = OutputFile.Of(options, () => backend().OverlayPainter);
        using var undo = new UndoOnFailure();
        if (options.WritesFiles)
        {
            _store = OutputStores.Open(options.Destination!);
            undo.Add(_store.Dispose);
            _outputs = OutputRun.Open(
                _store, new OutputRunOptions
                {
                    Settings = options.OutputSettings(),
                    Mode = options.OutputMode,
                    Scope = options.Shard.Scope,
                    EndTimeout = options.Pipeline.StallTimeout,
                });
            undo.Add(_outputs.Dispose);
            _group = options.OutputFormat == OutputFormat.Zarr
                ? ZarrGroup.Open(_outputs, options.Model.OutputLayout, () => GroupAttributes.Of(options))
                : null;
        }

        _pipeline = new BatchPipeline<SegmentationItem, SegmentationResult>(
            options.Pipeline with { ComputesWholeBatches = options.Resume },
            lanes.Lanes,
            CreateLoader(options, lanes, backend),
            CreateProcessor(options, lanes, _outputs, _files),
            observer);
        undo.Keep();
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
        return Prepare(path, OutputSource.FromFile, ticket => SegmentationItem.FromFile(path, ticket));
    }

    /// <summary>Prepares a synthetic picture, likewise.</summary>
    public Offer PrepareSynthetic(long index) =>
        Prepare(SyntheticName.Of(index), _ => null, ticket => SegmentationItem.Synthetic(index, ticket));

    /// <summary>Prepares an input that has failed before it got here: its error comes out in its turn.</summary>
    public static Offer PrepareFailed(string path, EgressException error) => new(SegmentationItem.FromFile(path, null), null, error);

    /// <summary>Offers a prepared picture; false: there is no room now, take results and offer it again.</summary>
    public bool TrySubmit(Offer offer)
    {
        ArgumentNullException.ThrowIfNull(offer);
        if (offer.IsDone)
        {
            return _pipeline.TrySubmitDone(new ItemOutcome<SegmentationItem, SegmentationResult>(offer.Item, offer.Result, offer.Error));
        }

        return offer.Tiles is { } tiles ? TrySubmitTiles(tiles) : _pipeline.TrySubmit(offer.Item);
    }

    /// <inheritdoc cref="BatchPipeline{TItem, TResult}.CompleteInput"/>
    public void CompleteInput() => _pipeline.CompleteInput();

    /// <summary>
    /// Takes the next outcome, as <see cref="BatchPipeline{TItem, TResult}.TryTake"/> does. After the last one it makes the outputs
    /// durable, whose failure is the run's.
    /// </summary>
    public bool TryTake(out ItemOutcome<SegmentationItem, SegmentationResult> outcome, int milliseconds)
    {
        var deadline = Environment.TickCount64 + milliseconds;
        while (_pipeline.TryTake(out outcome, milliseconds))
        {
            if (outcome.Item.Tile is not { Picture: var picture })
            {
                return true;
            }

            if (picture.Take(outcome, out outcome))
            {
                _tiled.Remove(picture);
                return true;
            }

            milliseconds = milliseconds < 0 ? milliseconds : (int)Math.Max(0, deadline - Environment.TickCount64);
        }

        if (_pipeline.IsCompleted)
        {
            WriteGroup();
            _outputs?.Complete();
        }

        return false;
    }

    /// <inheritdoc cref="BatchPipeline{TItem, TResult}.TryTakeStall"/>
    public bool TryTakeStall([NotNullWhen(true)] out StageStall? stall) => _pipeline.TryTakeStall(out stall);

    /// <inheritdoc cref="BatchPipeline{TItem, TResult}.IsAbandoned"/>
    public bool IsAbandoned => _pipeline.IsAbandoned;

    /// <inheritdoc cref="BatchPipeline{TItem, TResult}.Cancel"/>
    public void Cancel() => _pipeline.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        _pipeline.Dispose();
        foreach (var picture in _tiled)
        {
            picture.Dispose();
        }

        _tiled.Clear();
        try
        {
            WriteGroup();
        }
        catch (EgressException)
        {
            // The run has ended early, and its reason is told already; the next run writes the documents.
        }

        _outputs?.Dispose();
        _store?.Dispose();
    }

    /// <summary>The processor of a run's outputs.</summary>
    internal static IOutputProcessor<SegmentationItem, SegmentationResult> CreateProcessor(
        SegmentationOptions options, SegmentationLanes lanes, OutputRun? outputs = null, IReadOnlyList<OutputFile>? files = null) =>
        SimulatedProcessing<SegmentationItem, SegmentationResult>.For(lanes.Lanes, new SegmentationWriter(options, outputs, files ?? []));

    /// <summary>The loader of a run's pictures.</summary>
    internal static IItemLoader<SegmentationItem> CreateLoader(
        SegmentationOptions options, SegmentationLanes lanes, Func<IBackend> backend, KeptInputs? kept = null)
    {
        var loader = new PictureLoader(options.Model.ImageSize, options.MaxPixels, () => backend().PictureDecoder, kept);
        return SimulatedLoading<SegmentationItem>.For(lanes.Lanes, loader);
    }

    private Offer Prepare(string name, Func<string, OutputSource?> source, Func<OutputTicket?, SegmentationItem> create)
    {
        if (_outputs is null)
        {
            return Prepare(create(null));
        }

        OutputTicket ticket;
        long? index = null;
        try
        {
            // As segmentation data sets name their masks.
            var stem = Path.GetFileNameWithoutExtension(name);
            index = _group?.Place(stem);
            ticket = _outputs.Reserve(stem, [.. _files.Select(file => file.Name(stem, index ?? 0))], name, source(name));
        }
        catch (ItemException error)
        {
            return new Offer(create(null), null, error);
        }

        var item = create(ticket);
        item.ArrayIndex = index;
        return ticket.IsDone
            ? new Offer(item, new SegmentationResult
            {
                Path = name,
                OutputPath = ticket.Location,
                ArrayIndex = index,
                Status = SegmentationStatus.Skipped,
            }, null)
            : Prepare(item);
    }

    /// <summary>Writes the documents of the arrays over the whole run, once.</summary>
    private void WriteGroup()
    {
        if (!_grouped)
        {
            _grouped = true;
            _group?.Write();
        }
    }

    /// <summary>Finds out how many tiles a picture has, where it goes in tiles.</summary>
    private Offer Prepare(SegmentationItem item)
    {
        if (_options.Tiles is null)
        {
            return new Offer(item, null, null);
        }

        try
        {
            var picture = TiledPicture.Open(item, _options, () => _backend().PictureDecoder);
            _tiled.Add(picture);
            return new Offer(item, null, null) { Tiles = picture };
        }
        catch (ItemException error)
        {
            return new Offer(item, null, error);
        }
    }

    private bool TrySubmitTiles(TiledPicture picture)
    {
        while (picture.TryGetNext(out var tile))
        {
            if (!_pipeline.TrySubmit(tile))
            {
                return false;
            }

            picture.Submitted();
        }

        return true;
    }

    /// <summary>A picture ready to be offered, or an outcome that is known already.</summary>
    /// <param name="Item">The picture.</param>
    /// <param name="Result">Its result, where it needs no computation.</param>
    /// <param name="Error">Its error, where it cannot be computed.</param>
    public sealed record Offer(SegmentationItem Item, SegmentationResult? Result, EgressException? Error)
    {
        /// <summary>Its tiles, where it goes in tiles.</summary>
        internal TiledPicture? Tiles { get; init; }

        /// <summary>Whether its outcome is known already.</summary>
        public bool IsDone => Result is not null || Error is not null;
    }
}

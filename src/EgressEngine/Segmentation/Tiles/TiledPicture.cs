using System.Diagnostics.CodeAnalysis;
using Egress.Input;
using Egress.Models;
using Egress.Output.Planes;
using Egress.Pipeline;

namespace Egress.Segmentation.Tiles;

/// <summary>
/// A picture that goes through the pipeline as tiles: one item a tile, each loaded, computed and processed like any other. The caller's
/// thread submits the tiles and takes their outcomes, loaders copy their pixels, and whichever worker has the tile whose turn it is
/// blends it. A tile that a worker gets before its turn is put aside; so no worker ever waits for another, and the sums are the same in
/// every run.
/// </summary>
internal sealed class TiledPicture : IDisposable
{
    private readonly TileGrid _grid;
    private readonly SegmentationOptions _options;
    private readonly Lock _blending = new();
    private readonly Dictionary<int, byte[]> _aside = [];
    private OutputSpool? _spool;
    private LabelCounter? _counter;
    private TileBlender? _blender;
    private EgressException? _error;
    private int _submitted;
    private int _taken;
    private bool _disposed;

    private TiledPicture(SegmentationItem item, TileGrid grid, TileSource source, SegmentationOptions options)
    {
        Item = item;
        _grid = grid;
        Source = source;
        _options = options;
    }

    /// <summary>Finds out a picture's size and tiles; its pixels are read when the first tile is loaded.</summary>
    /// <param name="item">The picture.</param>
    /// <param name="options">What to make of it.</param>
    /// <param name="decoder">Gives the decoder.</param>
    /// <exception cref="ItemException">The picture is bad, or too wide.</exception>
    public static TiledPicture Open(SegmentationItem item, SegmentationOptions options, Func<IPictureDecoder> decoder)
    {
        var tiles = options.Tiles!;
        item.Picture = item.Path is { } path ? decoder().Identify(path, options.MaxPixels) : new PictureInfo(tiles.Size, tiles.Size);
        var grid = new TileGrid(item.Picture, tiles);
        var source = new TileSource(grid, () => item.Path is { } file
            ? decoder().OpenRows(file, options.MaxPixels)
            : new SyntheticRows(item.SyntheticIndex, tiles.Size));
        if (Math.Max(source.Bytes, TileBlender.FadingElements(grid, options.Model.ClassCount)) > Array.MaxLength)
        {
            throw new ItemException(
                EgressErrorId.PictureTooLarge,
                EgressErrorCategory.InvalidData,
                $"'{item.Name}' is {item.Picture.Width} pixels wide, which is too wide for tiles of {tiles.Size} with {options.Model.ClassCount} classes.",
                "Lower -TileSize or -TileOverlap, or cut the picture.",
                item.Name);
        }

        return new TiledPicture(item, grid, source, options);
    }

    /// <summary>The picture.</summary>
    public SegmentationItem Item { get; }

    /// <summary>The tiles' pixels.</summary>
    public TileSource Source { get; }

    /// <summary>Tiles of the picture.</summary>
    public int TileCount => _grid.Count;

    /// <summary>What became of the picture, once its output is committed.</summary>
    public SegmentationResult? Result { get; set; }

    /// <summary>The next tile to submit, if there is one.</summary>
    public bool TryGetNext([NotNullWhen(true)] out SegmentationItem? tile)
    {
        tile = _submitted < _grid.Count ? SegmentationItem.TileOf(new PictureTile(this, _submitted)) : null;
        return tile is not null;
    }

    /// <summary>The next tile was submitted.</summary>
    public void Submitted() => _submitted++;

    /// <summary>Adds a tile's scores.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="type">The scores' type.</param>
    /// <param name="scores">Its scores; not used after the call.</param>
    /// <param name="cancellationToken">Cancelled when the run ends early.</param>
    /// <returns>True for one call: the picture is complete, and the caller writes its output.</returns>
    public bool Add(int tile, ElementType type, ReadOnlySpan<byte> scores, CancellationToken cancellationToken)
    {
        lock (_blending)
        {
            if (Source.HasFailed || _disposed)
            {
                _aside.Clear();
                return false;
            }

            var blender = _blender ??= CreateBlender(type);
            if (tile != blender.Added)
            {
                _aside.Add(tile, scores.ToArray());
                return false;
            }

            blender.Add(scores);
            while (_aside.Remove(blender.Added, out var next))
            {
                cancellationToken.ThrowIfCancellationRequested();
                blender.Add(next);
            }

            return blender.Added == _grid.Count;
        }
    }

    /// <summary>The whole picture's output, once it is complete.</summary>
    public ItemOutput Output => new(Item, _spool?.Arrays ?? []);

    /// <summary>Bytes of the picture's output in memory.</summary>
    public long OutputBytes => Layout.Bytes;

    /// <summary>Pixels of each class, once it is complete; null where they are not counted.</summary>
    public long[]? Counts => _counter?.Counts;

    /// <summary>The picture failed although its tiles did not.</summary>
    public void Fail(EgressException error) => _error ??= error;

    /// <summary>Takes a tile's outcome.</summary>
    /// <param name="outcome">The tile's outcome.</param>
    /// <param name="whole">The picture's outcome, after the last tile's.</param>
    public bool Take(
        ItemOutcome<SegmentationItem, SegmentationResult> outcome, out ItemOutcome<SegmentationItem, SegmentationResult> whole)
    {
        _error ??= outcome.Error;
        if (++_taken < _grid.Count)
        {
            whole = default;
            return false;
        }

        whole = new ItemOutcome<SegmentationItem, SegmentationResult>(Item, _error is null ? Result : null, _error);
        Dispose();
        return true;
    }

    public void Dispose()
    {
        lock (_blending)
        {
            _disposed = true;
            _aside.Clear();
            _blender = null;
            _spool?.Dispose();
        }

        Source.Dispose();
    }

    private OutputLayout Layout => OutputLayout.Create(
        _options.Model.OutputKind, _options.Model.ClassCount, Item.Picture.Height, Item.Picture.Width, ModelPrecision.Float32);

    private TileBlender CreateBlender(ElementType type)
    {
        var (kind, classes) = (_options.Model.OutputKind, _options.Model.ClassCount);
        _spool = Item.Output is null ? null : new OutputSpool(Layout);
        _counter = _options.CountsClasses && kind is (OutputKind.Labels or OutputKind.Confidence) ? new LabelCounter(classes) : null;
        return new TileBlender(_grid, classes, type, new TileReducer(kind, classes, _grid.TileSize, _spool, _counter));
    }
}

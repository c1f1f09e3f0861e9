using Egress.Input;
using Egress.Output;
using Egress.Segmentation.Tiles;

namespace Egress.Segmentation;

/// <summary>One picture on its way through a run.</summary>
public sealed class SegmentationItem
{
    private SegmentationItem(string name, string? path, long syntheticIndex, OutputTicket? output)
    {
        Name = name;
        Path = path;
        SyntheticIndex = syntheticIndex;
        Output = output;
    }

    /// <summary>The path, or the name of a synthetic picture.</summary>
    public string Name { get; }

    /// <summary>Full path of the picture; null for a synthetic one.</summary>
    public string? Path { get; }

    /// <summary>Which synthetic picture.</summary>
    public long SyntheticIndex { get; }

    /// <summary>Its place in the destination; null where nothing is written.</summary>
    public OutputTicket? Output { get; }

    /// <summary>Full path or URI of its output; null where none is written.</summary>
    public string? OutputPath => Output?.Location;

    /// <summary>The picture's own size, once it is loaded.</summary>
    public PictureInfo Picture { get; internal set; }

    /// <summary>Its place in arrays over the whole run; null where there are none.</summary>
    public long? ArrayIndex { get; internal set; }

    /// <summary>Which tile of which picture it is; null for a whole one.</summary>
    internal PictureTile? Tile { get; private init; }

    /// <summary>A picture in a file.</summary>
    public static SegmentationItem FromFile(string path, OutputTicket? output) => new(path, path, 0, output);

    /// <summary>A synthetic picture.</summary>
    public static SegmentationItem Synthetic(long index, OutputTicket? output) => new(SyntheticName.Of(index), null, index, output);

    /// <summary>A tile of a picture.</summary>
    internal static SegmentationItem TileOf(PictureTile tile)
    {
        var whole = tile.Picture.Item;
        return new SegmentationItem(whole.Name, whole.Path, whole.SyntheticIndex, whole.Output) { Tile = tile, Picture = whole.Picture };
    }
}

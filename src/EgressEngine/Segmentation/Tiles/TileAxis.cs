namespace Egress.Segmentation.Tiles;

/// <summary>
/// The tiles along one side of a picture: where each starts, and where each hands over to the next. Tiles start at multiples of the
/// stride, so that a network's own raster falls on the same pixels in each; the last one ends with the picture. At every point
/// at most two tiles count, and where they hand over, the later one's share rises from 0 to 1 along a cosine.
/// </summary>
public sealed class TileAxis
{
    private readonly int _tile;
    private readonly int _stride;
    private readonly int _ramp;

    /// <param name="length">Pixels of the picture's side.</param>
    /// <param name="options">The tiles.</param>
    public TileAxis(int length, TileOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        options.Validate();
        Length = length;
        _tile = options.Size;
        _stride = options.Size - options.Overlap;
        _ramp = options.Overlap / 2;
        Count = length <= _tile ? 1 : ((length - _tile + _stride - 1) / _stride) + 1;
    }

    /// <summary>Pixels of the picture's side.</summary>
    public int Length { get; }

    /// <summary>Tiles along it.</summary>
    public int Count { get; }

    /// <summary>The first pixel of a tile.</summary>
    public int Start(int tile) => Math.Max(0, Math.Min(tile * _stride, Length - _tile));

    /// <summary>The pixel after a tile's last one that lies in the picture.</summary>
    public int End(int tile) => Math.Min(Start(tile) + _tile, Length);

    /// <summary>
    /// The first pixel that a tile counts at, where the tile before it begins to fade; for the number of tiles, the picture's end.
    /// </summary>
    public int FadeStart(int tile)
    {
        if (tile == 0)
        {
            return 0;
        }

        return tile == Count ? Length : Start(tile) + ((End(tile - 1) - Start(tile) - _ramp) / 2);
    }

    /// <summary>The first pixel at which the tile before a tile counts no more.</summary>
    public int FadeEnd(int tile) => tile == 0 || tile == Count ? FadeStart(tile) : FadeStart(tile) + _ramp;

    /// <summary>The share of a tile at a pixel where the one before it fades.</summary>
    public float Share(int tile, int pixel) =>
        (float)(0.5 - (0.5 * Math.Cos(Math.PI * (pixel - FadeStart(tile) + 0.5) / _ramp)));
}

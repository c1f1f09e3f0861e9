using Egress.Input;

namespace Egress.Segmentation.Tiles;

/// <summary>A picture's tiles: row by row from its top, each row from the left.</summary>
public sealed class TileGrid
{
    /// <param name="picture">The picture's size.</param>
    /// <param name="options">The tiles.</param>
    public TileGrid(PictureInfo picture, TileOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        TileSize = options.Size;
        Columns = new TileAxis(picture.Width, options);
        Rows = new TileAxis(picture.Height, options);
    }

    /// <summary>Side of a tile.</summary>
    public int TileSize { get; }

    /// <summary>The tiles of a row.</summary>
    public TileAxis Columns { get; }

    /// <summary>The rows of tiles.</summary>
    public TileAxis Rows { get; }

    /// <summary>All tiles.</summary>
    public int Count => checked(Columns.Count * Rows.Count);
}

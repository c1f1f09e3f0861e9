namespace Egress.Segmentation.Tiles;

/// <summary>How pictures are cut into tiles.</summary>
/// <param name="Size">Side of a tile in pixels: what the model is given at once.</param>
/// <param name="Overlap">
/// Pixels that neighbouring tiles share. In the middle half of them one tile's scores fade into the other's; the quarter on each
/// side only shows the model what lies beyond its tile. So a model that sees no farther than a quarter of the overlap makes of tiles
/// what it makes of the whole picture.
/// </param>
public sealed record TileOptions(int Size, int Overlap)
{
    /// <summary>The overlap where none is given: a quarter of the tile.</summary>
    public static int DefaultOverlap(int size) => size / 4;

    /// <summary>Throws where the numbers make no sense.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OptionInvalid"/>.</exception>
    public void Validate()
    {
        if (Size < 1 || Overlap < 0 || Overlap > Size / 2)
        {
            throw new EgressException(
                EgressErrorId.OptionInvalid,
                EgressErrorCategory.InvalidArgument,
                $"Tiles of {Size} pixels cannot overlap by {Overlap}.",
                $"Use a -TileOverlap from 0 to half of -TileSize, here {Math.Max(0, Size / 2)}.",
                Overlap);
        }
    }
}

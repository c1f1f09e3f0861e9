using Egress.Input;
using Egress.Pipeline;

namespace Egress.Segmentation;

/// <summary>Loads pictures or their tiles from files, or makes synthetic ones.</summary>
internal sealed class PictureLoader(int imageSize, long maxPixels, Func<IPictureDecoder> decoder, KeptInputs? kept = null) : IItemLoader<SegmentationItem>
{
    /// <inheritdoc/>
    public void Load(SegmentationItem item, Span<byte> slot, CancellationToken cancellationToken)
    {
        if (item.Tile is { } tile)
        {
            tile.Picture.Source.CopyTile(tile.Index, slot, cancellationToken);
            return;
        }

        if (kept?.TryCopy(item.Name, slot, out var picture) == true)
        {
            item.Picture = picture;
            return;
        }

        Make(item, slot);
        kept?.Add(item.Name, slot, item.Picture);
    }

    private void Make(SegmentationItem item, Span<byte> slot)
    {
        if (item.Path is null)
        {
            SyntheticPictures.Fill(item.SyntheticIndex, slot);
            item.Picture = new PictureInfo(imageSize, imageSize);
            return;
        }

        item.Picture = decoder().Decode(item.Path, imageSize, maxPixels, slot);
    }
}

using Egress.Models;
using Egress.Output.Planes;

namespace Egress.Segmentation;

/// <summary>An item and its output, ready to be encoded.</summary>
/// <param name="Item">The picture.</param>
/// <param name="Arrays">Its output in the size that is stored, in the order of <see cref="OutputLayout.Arrays"/>.</param>
internal sealed record ItemOutput(SegmentationItem Item, IReadOnlyList<NamedPlanes> Arrays)
{
    /// <summary>The label map, where the output has one.</summary>
    public PlaneSource? Labels => Arrays[0].Name == OutputLayout.Labels ? Arrays[0].Planes : null;

    /// <summary>The label map in the picture's size and in the colours of a palette, made of the scores where the output has none.</summary>
    public PlaneSource CreateMask()
    {
        var labels = Labels ?? new ScoreLabels(Arrays[0].Planes);
        if (labels.Width != Item.Picture.Width || labels.Height != Item.Picture.Height)
        {
            labels = new NearestPlanes(
                labels.ToArray(), labels.Type, labels.Height, labels.Width, Item.Picture.Height, Item.Picture.Width);
        }

        return labels.Type == ElementType.UInt8 ? labels : new PaletteLabels(labels);
    }
}

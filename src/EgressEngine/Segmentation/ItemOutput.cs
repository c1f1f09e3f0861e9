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
}

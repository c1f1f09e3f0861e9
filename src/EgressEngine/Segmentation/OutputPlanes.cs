using Egress.Input;
using Egress.Models;
using Egress.Output.Planes;

namespace Egress.Segmentation;

/// <summary>An item's output as named arrays in the size that they are stored in.</summary>
internal static class OutputPlanes
{
    /// <summary>The arrays of an output in host memory.</summary>
    /// <param name="layout">What the memory holds.</param>
    /// <param name="output">The item's output; the arrays read it, so it has to live as long as they are used.</param>
    /// <param name="size">The size to see them in.</param>
    /// <param name="picture">The picture's own size.</param>
    public static IReadOnlyList<NamedPlanes> Of(
        OutputLayout layout, ReadOnlyMemory<byte> output, OutputSize size, PictureInfo picture) =>
        [.. layout.Arrays.Select(array => new NamedPlanes(
            array.Name, See(array.Spec, output.Slice(checked((int)array.Offset), checked((int)array.Spec.Bytes)), size, picture)))];

    private static PlaneSource See(TensorSpec spec, ReadOnlyMemory<byte> elements, OutputSize size, PictureInfo picture)
    {
        var scores = spec.Shape.Length == 3;
        var (height, width) = ((int)spec.Shape[^2], (int)spec.Shape[^1]);
        if (size == OutputSize.Model || (height == picture.Height && width == picture.Width))
        {
            return new MemoryPlanes(elements, spec.Type, scores ? (int)spec.Shape[0] : 0, height, width);
        }

        return scores
            ? new LinearPlanes(new MemoryPlanes(elements, spec.Type, (int)spec.Shape[0], height, width), picture.Height, picture.Width)
            : new NearestPlanes(elements, spec.Type, height, width, picture.Height, picture.Width);
    }
}

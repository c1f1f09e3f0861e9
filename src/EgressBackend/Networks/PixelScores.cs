using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Egress.Backend.Networks;

/// <summary>Brings scores to the size of the picture that they are of.</summary>
internal static class PixelScores
{
    // With more rows the products, which grow with them, take longer than libtorch's own enlargement.
    private const int RowsOfProducts = 128;

    /// <summary>Enlarges scores bilinearly, where they are not of that size already.</summary>
    /// <param name="scores">Batch, classes, height, width.</param>
    /// <param name="height">The picture's height.</param>
    /// <param name="width">The picture's width.</param>
    /// <param name="inOrder">Whether the memory of the result has to be in the order of its dimensions.</param>
    /// <returns>A tensor of its own.</returns>
    public static Tensor Enlarge(Tensor scores, long height, long width, bool inOrder)
    {
        // The scores of a channels-last network are channels-last, and enlarging keeps the layout. Putting them in order now
        // costs a 64th of what it would cost afterwards.
        var laidOut = inOrder ? scores.contiguous() : scores.alias();
        if (laidOut.shape[2] == height && laidOut.shape[3] == width)
        {
            return laidOut;
        }

        using var small = laidOut;
        return inOrder && small.device_type == DeviceType.CPU && small.dtype == ScalarType.Float32 && small.shape[2] <= RowsOfProducts
            ? EnlargeByProducts(small, height, width)
            : interpolate(small, [height, width], mode: InterpolationMode.Bilinear, align_corners: false);
    }

    /// <summary>
    /// Enlarges across and then down, each a product with the weights. On a CPU libtorch's own enlargement of scores that lie in
    /// order takes three times as long.
    /// </summary>
    private static Tensor EnlargeByProducts(Tensor scores, long height, long width)
    {
        using var scope = NewDisposeScope();
        var (pictures, classes, rows, columns) = (scores.shape[0], scores.shape[1], scores.shape[2], scores.shape[3]);
        var wide = scores.reshape(-1, columns).mm(Weights(columns, width)).view(pictures * classes, rows, width);
        var down = Weights(rows, height).t().expand(pictures * classes, height, rows);
        return down.bmm(wide).view(pictures, classes, height, width).MoveToOuterDisposeScope();
    }

    /// <summary>What each of some numbers in a row adds to each of those of the enlarged row: what libtorch makes of it alone.</summary>
    private static Tensor Weights(long from, long to)
    {
        using var scope = NewDisposeScope();
        var alone = eye(from).reshape(1, from, 1, from);
        return interpolate(alone, [1, to], mode: InterpolationMode.Bilinear, align_corners: false).reshape(from, to).MoveToOuterDisposeScope();
    }
}

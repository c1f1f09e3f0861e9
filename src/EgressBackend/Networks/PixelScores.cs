using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Egress.Backend.Networks;

/// <summary>Brings scores to the size of the picture that they are of.</summary>
internal static class PixelScores
{
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
        return interpolate(small, [height, width], mode: InterpolationMode.Bilinear, align_corners: false);
    }
}

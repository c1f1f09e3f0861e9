using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Egress.Backend.Networks;

/// <summary>What scores a picture coarsely, and the enlargement of the scores to the picture's size.</summary>
internal sealed class SegmentationNetwork : Layer
{
    private readonly Layer _scores;

    /// <param name="scores">Gives the scores of each class at the picture's size or a fraction of it.</param>
    public SegmentationNetwork(Layer scores) => _scores = Add(scores);

    /// <summary>The scores of each class for each pixel, in order.</summary>
    /// <inheritdoc cref="Score"/>
    public override Tensor Forward(Tensor input) => Score(input, inOrder: true);

    /// <summary>The scores of each class for each pixel.</summary>
    /// <param name="input">Normalised pictures: batch, 3, height, width; channels-last in memory.</param>
    /// <param name="inOrder">Whether the memory of the result has to be in the order of its dimensions; otherwise it may be
    /// channels-last.</param>
    /// <returns>Batch, classes, height, width.</returns>
    public Tensor Score(Tensor input, bool inOrder)
    {
        using var scores = _scores.Forward(input);

        // The scores of a channels-last network are channels-last, and enlarging keeps the layout. Putting them in order now
        // costs a 64th of what it would cost afterwards.
        var laidOut = inOrder ? scores.contiguous() : scores.alias();
        if (laidOut.shape[2] == input.shape[2] && laidOut.shape[3] == input.shape[3])
        {
            return laidOut;
        }

        using var small = laidOut;
        return interpolate(small, [input.shape[2], input.shape[3]], mode: InterpolationMode.Bilinear, align_corners: false);
    }
}

using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>What scores a picture coarsely, and the enlargement of the scores to the picture's size.</summary>
internal sealed class SegmentationNetwork : Layer, IPixelScorer
{
    private readonly Layer _scores;

    /// <param name="scores">Gives the scores of each class at the picture's size or a fraction of it.</param>
    /// <param name="classes">Number of classes.</param>
    public SegmentationNetwork(Layer scores, int classes)
    {
        _scores = Add(scores);
        ClassCount = classes;
    }

    /// <inheritdoc/>
    public int ClassCount { get; }

    /// <inheritdoc/>
    public bool NeedsWholeBatches => false;

    /// <summary>The scores of each class for each pixel, in order.</summary>
    /// <inheritdoc cref="Score"/>
    public override Tensor Forward(Tensor input) => Score(input, inOrder: true);

    /// <inheritdoc/>
    public Tensor Score(Tensor input, bool inOrder)
    {
        using var scores = _scores.Forward(input);
        return PixelScores.Enlarge(scores, input.shape[2], input.shape[3], inOrder);
    }
}

using Egress.Backend.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Egress.Backend.Networks;

/// <summary>
/// MobileNetV3 with the head of Lite R-ASPP: the features, weighed by what they are on average over the picture, are enlarged and
/// scored, and the scores of the fine features are added.
/// </summary>
internal sealed class LiteScores : Layer
{
    private const int Channels = 128;

    private readonly MobileNetV3 _backbone;
    private readonly Convolution _mix;
    private readonly Convolution _scale;
    private readonly Convolution _fineScores;
    private readonly Convolution _scores;

    /// <param name="backbone">The backbone's name in the network.</param>
    /// <param name="head">The head's name in the network.</param>
    /// <param name="classes">Number of classes.</param>
    public LiteScores(string backbone, string head, int classes)
    {
        _backbone = Add(new MobileNetV3(backbone));
        _mix = Add(Convolution.InHead($"{head}.cbr.0", $"{head}.cbr.1", new(MobileNetV3.Channels, Channels)));
        _scale = Add(Convolution.WithoutBias($"{head}.scale.1", new(MobileNetV3.Channels, Channels)));
        _fineScores = Add(Convolution.Plain($"{head}.low_classifier", new(MobileNetV3.FineChannels, classes)));
        _scores = Add(Convolution.Plain($"{head}.high_classifier", new(Channels, classes)));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        var (fine, features) = _backbone.ForwardBoth(input);
        using var fineHeld = fine;
        using var featuresHeld = features;
        using var weighed = Weigh(features);

        // Enlarging and scoring are both linear, and they commute: the bilinear weights of a pixel add up to 1, so that the bias
        // stays as it is. Scored first, there are as many maps to enlarge as there are classes; with few classes that is less work.
        using var coarse = _scores.Forward(weighed);
        var scores = interpolate(coarse, [fine.shape[2], fine.shape[3]], mode: InterpolationMode.Bilinear, align_corners: false);
        using var fineScores = _fineScores.Forward(fine);
        return scores.add_(fineScores, Scalars.One);
    }

    private Tensor Weigh(Tensor features)
    {
        using var average = adaptive_avg_pool2d(features, [1, 1]);
        using var factors = _scale.Forward(average).sigmoid_();
        return _mix.Forward(features).mul_(factors);
    }
}

using Egress.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Egress.Backend.Segmentation;

/// <summary>Makes of a network's scores what leaves the device.</summary>
internal static class OutputReduction
{
    private static readonly Scalar s_confidenceScale = OutputLayout.ConfidenceScale;
    private static readonly Scalar s_byteValues = 256;

    /// <summary>Reduces scores on the device.</summary>
    /// <param name="logits">Batch, classes, height, width.</param>
    /// <param name="kind">What is wanted.</param>
    /// <returns>A tensor whose memory is in the order of <see cref="SegmentationModelOptions.OutputLayout"/>, in the current scope.</returns>
    public static Tensor Reduce(Tensor logits, OutputKind kind)
    {
        switch (kind)
        {
            case OutputKind.Labels:
                // Of equal scores the lowest class wins.
                using (var labels = logits.argmax(dim: 1))
                using (var narrow = labels.to(logits.shape[1] <= 256 ? ScalarType.Byte : ScalarType.Int16))
                {
                    return narrow.contiguous();
                }

            case OutputKind.Logits:
                return logits.contiguous();
            case OutputKind.Probabilities:
                using (var probabilities = logits.softmax(dim: 1))
                {
                    return probabilities.contiguous();
                }

            case OutputKind.Confidence:
                return Confidence(logits);
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, null);
        }
    }

    /// <summary>
    /// Labels and the probability of each, packed into bytes: batch, bytes of one picture. The largest soft-max is
    /// <c>exp(largest score − log Σ exp(score))</c>, so that no probability of another class is ever stored.
    /// </summary>
    private static Tensor Confidence(Tensor logits)
    {
        using var scope = NewDisposeScope();
        var scores = logits.to(ScalarType.Float32);
        var labels = logits.argmax(dim: 1);
        var largest = scores.amax([1]);
        var fraction = largest.sub_(scores.logsumexp(1)).exp_().mul_(s_confidenceScale).round_().to(ScalarType.Int32);
        var packed = cat([Bytes(labels, logits.shape[1] <= 256 ? 1 : 2), Bytes(fraction, 2)], dim: 1);
        return packed.contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The low bytes of whole numbers, least first, as one row of bytes a picture.</summary>
    private static Tensor Bytes(Tensor numbers, int count)
    {
        var low = numbers.to(ScalarType.Byte);
        return count == 1
            ? low.flatten(1)
            : stack([low, numbers.div(s_byteValues, RoundingMode.floor).to(ScalarType.Byte)], dim: -1).flatten(1);
    }
}

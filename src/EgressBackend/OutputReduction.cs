using Egress.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Egress.Backend;

/// <summary>Makes of a network's scores what leaves the device.</summary>
internal static class OutputReduction
{
    /// <summary>Reduces scores on the device.</summary>
    /// <param name="logits">Batch, classes, height, width.</param>
    /// <param name="kind">What is wanted.</param>
    /// <returns>A tensor whose memory is in the order of <see cref="SegmentationModelOptions.OutputSpec"/>, in the current scope.</returns>
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

            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, null);
        }
    }
}

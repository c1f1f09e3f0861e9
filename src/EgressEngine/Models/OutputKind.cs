namespace Egress.Models;

/// <summary>What of a segmentation model's output leaves the device.</summary>
public enum OutputKind
{
    /// <summary>The class of each pixel, reduced by arg-max on the device: one byte a pixel.</summary>
    Labels,

    /// <summary>The model's raw scores: one number a class and pixel.</summary>
    Logits,

    /// <summary>The soft-max of the scores: one number a class and pixel.</summary>
    Probabilities,

    /// <summary>
    /// The class of each pixel and its probability, which is the largest of the soft-max: one byte and a 16-bit fraction a pixel.
    /// </summary>
    Confidence,
}

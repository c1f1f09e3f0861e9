using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>What scores each pixel of normalised pictures for each class: a built-in network, or a program from a file.</summary>
internal interface IPixelScorer : IDisposable
{
    /// <summary>Bytes of its parameters on the device.</summary>
    long ParameterBytes { get; }

    /// <summary>Number of classes.</summary>
    int ClassCount { get; }

    /// <summary>Whether it takes batches of one size only.</summary>
    bool NeedsWholeBatches { get; }

    /// <summary>The scores of each class for each pixel.</summary>
    /// <param name="input">Normalised pictures: batch, 3, height, width; channels-last in memory.</param>
    /// <param name="inOrder">Whether the memory of the result has to be in the order of its dimensions; otherwise it may be
    /// channels-last.</param>
    /// <returns>Batch, classes, height, width.</returns>
    Tensor Score(Tensor input, bool inOrder);
}

using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>What makes vectors of sequences or pictures: a built-in network, or a program from a file.</summary>
internal interface IEncoder : IDisposable
{
    /// <summary>Bytes of its parameters on the device, as far as it tells.</summary>
    long ParameterBytes { get; }

    /// <summary>Elements of a vector.</summary>
    int Dimension { get; }

    /// <summary>Pieces of the vocabulary; 0 where it does not say, and for pictures.</summary>
    int VocabularySize { get; }

    /// <summary>How many vectors every item has, where that is always the same: a picture's patches. Null: as many as tokens.</summary>
    int? VectorsAnItem { get; }

    /// <summary>Whether it gives one vector an item and no hidden states.</summary>
    bool GivesOneVector { get; }

    /// <summary>Whether it takes batches of one size only.</summary>
    bool NeedsWholeBatches { get; }

    /// <summary>Encodes a batch.</summary>
    /// <param name="items">The items as they came from the host.</param>
    /// <param name="extent">How much of their room sequences use.</param>
    /// <returns>What it made of them, in the current dispose scope.</returns>
    EncodedBatch Encode(Tensor items, SequenceExtent extent);
}

/// <summary>What an encoder makes of a batch.</summary>
/// <param name="States">Batch, tokens, elements; or batch, elements where it gives one vector an item.</param>
/// <param name="Tokens">Which of the tokens there are; null: all.</param>
internal readonly record struct EncodedBatch(Tensor States, TokenBatch? Tokens)
{
    /// <summary>The first items alone: the others are places of a batch that was filled up.</summary>
    public EncodedBatch Take(int count) => count == States.shape[0] ? this : new EncodedBatch(States.narrow(0, 0, count), Tokens?.Take(count));
}

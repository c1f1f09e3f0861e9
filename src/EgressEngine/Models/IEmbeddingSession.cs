namespace Egress.Models;

/// <summary>
/// An encoder on a device. One sequence's input is <c>[1 + MaxLength]</c> 32-bit integers: the number of its tokens, then their ids; the
/// rest of the room is not looked at. A picture's is <c>[height, width, 3]</c> bytes. The output is a vector, or with
/// <see cref="VectorPooling.None"/> one for each token of the batch's longest sequence, as <see cref="Layout"/> says.
/// </summary>
public interface IEmbeddingSession : IInferenceSession
{
    /// <summary>The model as it was asked for, with what it decides itself filled in: the longest sequence.</summary>
    EmbeddingModelOptions Model { get; }

    /// <summary>How the vectors lie in memory.</summary>
    VectorLayout Layout { get; }

    /// <summary>Pieces of the vocabulary: ids are smaller. 0 where the model does not say.</summary>
    int VocabularySize { get; }
}

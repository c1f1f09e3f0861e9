namespace Egress.Input;

/// <summary>Cuts texts into the tokens that a model knows. Any number of threads use one at once.</summary>
public interface ITokenizer
{
    /// <summary>Pieces of the vocabulary: ids are smaller.</summary>
    int VocabularySize { get; }

    /// <summary>
    /// Writes a text's token ids, with those that the model wants around them. A text that is too long is cut so that they still fit.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="ids">Takes the ids; its length is the most tokens.</param>
    /// <returns>How many ids were written.</returns>
    int Encode(string text, Span<int> ids);
}

namespace Egress.Backend.Tokenizers;

/// <summary>Cuts a text without special tokens into pieces of a vocabulary. Any number of threads use one at once.</summary>
internal interface IPieces
{
    /// <summary>The ids of the pieces.</summary>
    /// <param name="text">The text; it has whole characters only.</param>
    /// <param name="room">How many ids are wanted; there may be more.</param>
    IReadOnlyList<int> Encode(string text, int room);
}

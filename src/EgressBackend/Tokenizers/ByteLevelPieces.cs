using Microsoft.ML.Tokenizers;

namespace Egress.Backend.Tokenizers;

/// <summary>GPT-2's and RoBERTa's pieces: of a word's bytes, neighbours are joined in the order in which that was learnt.</summary>
internal sealed class ByteLevelPieces : IPieces
{
    // Longer words are rare; where one comes at the very end of the room, the text is encoded whole.
    private const int LongWord = 64;

    private readonly BpeTokenizer _tokenizer;
    private readonly bool _addsSpace;

    /// <param name="vocabulary">The pieces and their ids.</param>
    /// <param name="merges">Pairs of pieces that are joined, with a space between, the first before the others.</param>
    /// <param name="unknown">What stands for bytes that the vocabulary lacks; null: nothing.</param>
    /// <param name="addsSpace">Whether a text that begins with a word is encoded as if a space were before it.</param>
    public ByteLevelPieces(IEnumerable<KeyValuePair<string, int>> vocabulary, IEnumerable<string> merges, string? unknown, bool addsSpace)
    {
        _addsSpace = addsSpace;
        _tokenizer = BpeTokenizer.Create(new BpeOptions(vocabulary)
        {
            Merges = merges,
            ByteLevel = true,
            PreTokenizer = new ByteLevelWords(),
            UnknownToken = unknown,
        });
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> Encode(string text, int room)
    {
        var spaced = _addsSpace && !text.StartsWith(' ') ? $" {text}" : text;
        if (spaced.Length == 0)
        {
            return [];
        }

        // The library leaves a word out that does not fit whole.
        var ids = _tokenizer.EncodeToIds(spaced, room + LongWord, out _, out var used);
        return ids.Count >= room || used >= spaced.Length ? ids : _tokenizer.EncodeToIds(spaced);
    }
}

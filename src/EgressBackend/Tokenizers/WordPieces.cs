using System.Text;
using Microsoft.ML.Tokenizers;

namespace Egress.Backend.Tokenizers;

/// <summary>BERT's pieces: the longest beginning of a word that the vocabulary has, then the longest of the rest, marked as a rest.</summary>
internal sealed class WordPieces : IPieces
{
    /// <summary>A longer word is unknown as a whole.</summary>
    private const int LongestWord = 100;

    // Ids that no piece has cost memory.
    private const int MostGaps = 1 << 20;

    private readonly BertNormaliser _normaliser;
    private readonly WordPieceTokenizer _tokenizer;

    /// <param name="vocabulary">The pieces and their ids.</param>
    /// <param name="unknown">What stands for unknown words.</param>
    /// <param name="normaliser">What is done before.</param>
    /// <param name="prefix">What marks a rest.</param>
    public WordPieces(Dictionary<string, int> vocabulary, string unknown, BertNormaliser normaliser, string prefix = "##")
    {
        _normaliser = normaliser;
        _tokenizer = WordPieceTokenizer.Create(new MemoryStream(Lines(vocabulary)), new WordPieceOptions
        {
            PreTokenizer = new BertWords(),
            UnknownToken = unknown,
            ContinuingSubwordPrefix = prefix,
            MaxInputCharsPerWord = LongestWord,
        });
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> Encode(string text, int room)
    {
        // The library leaves a word out that does not fit whole; none has more pieces than letters.
        var normalised = _normaliser.Normalise(text);
        return normalised.Length == 0 ? [] : _tokenizer.EncodeToIds(normalised, room + LongestWord, out _, out _);
    }

    /// <summary>As the library reads a vocabulary: a piece a line, whose number is the id.</summary>
    private static byte[] Lines(Dictionary<string, int> vocabulary)
    {
        var last = vocabulary.Values.Max();
        if (last >= vocabulary.Count + MostGaps || vocabulary.Keys.FirstOrDefault(piece => piece.AsSpan().ContainsAny('\n', '\r')) is not null)
        {
            throw new FormatException($"there are {vocabulary.Count} pieces with ids up to {last}, or one with a line break in it.");
        }

        var lines = new string[last + 1];
        foreach (var (piece, id) in vocabulary)
        {
            lines[id] = piece;
        }

        return Encoding.UTF8.GetBytes(string.Join('\n', lines));
    }
}

using System.Buffers;
using Egress.Input;

namespace Egress.Backend.Tokenizers;

/// <summary>A model's tokenizer: the pieces of a text, special tokens that the text names, and those that the model wants around it.</summary>
internal sealed class TextTokenizer : ITokenizer
{
    private readonly IPieces _pieces;
    private readonly SpecialToken[] _special;
    private readonly SearchValues<string>? _search;
    private readonly int[] _opening;
    private readonly int[] _closing;

    /// <param name="pieces">Cuts texts into pieces.</param>
    /// <param name="vocabularySize">Ids of pieces are smaller.</param>
    /// <param name="special">Tokens that a text may name.</param>
    /// <param name="opening">Ids before every text.</param>
    /// <param name="closing">Ids behind every text.</param>
    public TextTokenizer(IPieces pieces, int vocabularySize, IEnumerable<SpecialToken> special, int[] opening, int[] closing)
    {
        _pieces = pieces;

        // Where one begins as another does, the longer one is meant.
        _special = [.. special.Where(token => token.Text.Length > 0).DistinctBy(token => token.Text).OrderByDescending(token => token.Text.Length)];
        _search = _special.Length == 0 ? null : SearchValues.Create([.. _special.Select(token => token.Text)], StringComparison.Ordinal);
        _opening = opening;
        _closing = closing;
        VocabularySize = Math.Max(vocabularySize, 1 + _special.Select(token => token.Id).Concat(opening).Concat(closing).DefaultIfEmpty(0).Max());
    }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <inheritdoc/>
    public int Encode(string text, Span<int> ids)
    {
        ArgumentNullException.ThrowIfNull(text);
        var closing = Math.Min(_closing.Length, ids.Length);
        var opening = Math.Min(_opening.Length, ids.Length - closing);
        _opening.AsSpan(0, opening).CopyTo(ids);
        var written = opening + EncodeText(WholeCharacters(text), ids[opening..(ids.Length - closing)]);
        _closing.AsSpan(0, closing).CopyTo(ids[written..]);
        return written + closing;
    }

    private int EncodeText(string text, Span<int> ids)
    {
        var (written, at) = (0, 0);
        while (written < ids.Length)
        {
            var place = _search is null ? -1 : text.AsSpan(at).IndexOfAny(_search);
            if (place < 0)
            {
                return written + AddPieces(at == 0 ? text : text[at..], ids[written..]);
            }

            var rest = text.AsSpan(at + place);
            var token = Array.Find(_special, candidate => text.AsSpan(at + place).StartsWith(candidate.Text, StringComparison.Ordinal))!;
            var before = text.AsSpan(at, place);
            written += AddPieces((token.TakesSpaceBefore ? before.TrimEnd() : before).ToString(), ids[written..]);
            if (written < ids.Length)
            {
                ids[written++] = token.Id;
            }

            rest = rest[token.Text.Length..];
            at = text.Length - (token.TakesSpaceBehind ? rest.TrimStart() : rest).Length;
        }

        return written;
    }

    private int AddPieces(string text, Span<int> ids)
    {
        if (text.Length == 0 || ids.Length == 0)
        {
            return 0;
        }

        var pieces = _pieces.Encode(text, ids.Length);
        var count = Math.Min(pieces.Count, ids.Length);
        for (var i = 0; i < count; i++)
        {
            ids[i] = pieces[i];
        }

        return count;
    }

    /// <summary>Halves of characters, which strings may have and no encoding has, become U+FFFD.</summary>
    private static string WholeCharacters(string text) => text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0
        ? text
        : string.Concat(text.EnumerateRunes().Select(rune => rune.ToString()));
}

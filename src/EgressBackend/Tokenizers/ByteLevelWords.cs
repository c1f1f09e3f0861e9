using System.Text;
using Microsoft.ML.Tokenizers;

namespace Egress.Backend.Tokenizers;

/// <summary>
/// GPT-2's words, which RoBERTa kept: what its regular expression
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c> matches. .NET's regular expressions see halves of the
/// characters beyond U+FFFF, which are no letters.
/// </summary>
internal sealed class ByteLevelWords : PreTokenizer
{
    private static readonly string[] s_endings = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var length = Match(text.AsSpan(at));
            yield return (at, length);
            at += length;
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());

    private static int Match(ReadOnlySpan<char> text)
    {
        foreach (var ending in s_endings)
        {
            if (text.StartsWith(ending, StringComparison.Ordinal))
            {
                return ending.Length;
            }
        }

        // One space goes with what follows it.
        var before = text[0] == ' ' ? 1 : 0;
        if (before < text.Length && KindAt(text[before..], out _) is var kind && kind != Kind.Space)
        {
            return before + Run(text[before..], kind);
        }

        // Of several, the last goes with what follows them; at the end of the text none does.
        var spaces = Run(text, Kind.Space);
        return spaces == text.Length || spaces == 1 ? spaces : spaces - 1;
    }

    private static int Run(ReadOnlySpan<char> text, Kind kind)
    {
        var at = 0;
        while (at < text.Length && KindAt(text[at..], out var length) == kind)
        {
            at += length;
        }

        return at;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, out int length)
    {
        _ = Rune.DecodeFromUtf16(text, out var rune, out length);
        return Rune.IsWhiteSpace(rune) ? Kind.Space
            : Rune.IsLetter(rune) ? Kind.Letter
            : Rune.IsNumber(rune) ? Kind.Number
            : Kind.Other;
    }
}

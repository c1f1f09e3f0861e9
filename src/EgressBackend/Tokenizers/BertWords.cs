using System.Text;
using Microsoft.ML.Tokenizers;

namespace Egress.Backend.Tokenizers;

/// <summary>
/// BERT's words: what white space separates, and every punctuation mark by itself. The tokenizer library's own leave out what is neither
/// letter, digit nor punctuation, such as <c>$</c> and <c>+</c>.
/// </summary>
internal sealed class BertWords : PreTokenizer
{
    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        var start = -1;
        for (var at = 0; at < text.Length;)
        {
            _ = Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length);
            var isMark = IsMark(rune);
            if ((isMark || BertNormaliser.IsSpace(rune)) && start >= 0)
            {
                yield return (start, at - start);
                start = -1;
            }

            if (isMark)
            {
                yield return (at, length);
            }
            else if (start < 0 && !BertNormaliser.IsSpace(rune))
            {
                start = at;
            }

            at += length;
        }

        if (start >= 0)
        {
            yield return (start, text.Length - start);
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());

    private static bool IsMark(Rune rune) => rune.IsAscii
        ? char.IsBetween((char)rune.Value, '!', '~') && !char.IsAsciiLetterOrDigit((char)rune.Value)
        : Rune.IsPunctuation(rune);
}

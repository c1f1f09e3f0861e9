using System.Globalization;
using System.Text;

namespace Egress.Backend.Tokenizers;

/// <summary>
/// What BERT makes of a text before it looks for pieces, as Hugging Face's tokenizers do it. The tokenizer library has one of its own,
/// which removes line breaks instead of taking them for spaces, so that the words on both sides become one.
/// </summary>
internal sealed record BertNormaliser
{
    /// <summary>Whether control characters are removed, and all kinds of white space made spaces.</summary>
    public bool Cleans { get; init; } = true;

    /// <summary>Whether Chinese characters are words of their own.</summary>
    public bool SeparatesChinese { get; init; } = true;

    /// <summary>Whether accents are taken off.</summary>
    public bool StripsAccents { get; init; } = true;

    /// <summary>Whether letters are made small.</summary>
    public bool Lowers { get; init; } = true;

    /// <summary>Normalises a text.</summary>
    public string Normalise(string text)
    {
        var result = new StringBuilder(text.Length + 16);
        Span<Rune> parts = stackalloc Rune[Accents.MostParts];

        // Halves of characters come as U+FFFD, which is removed.
        foreach (var rune in text.EnumerateRunes())
        {
            var character = rune;
            if (Cleans)
            {
                if (IsRemoved(rune))
                {
                    continue;
                }

                character = IsSpace(rune) ? new Rune(' ') : rune;
            }

            var isChinese = SeparatesChinese && IsChinese(character.Value);
            if (isChinese)
            {
                result.Append(' ');
            }

            Add(character, parts, result);
            if (isChinese)
            {
                result.Append(' ');
            }
        }

        return result.ToString();
    }

    /// <summary>Whether a character is white space to BERT.</summary>
    public static bool IsSpace(Rune rune) => Rune.IsWhiteSpace(rune);

    private void Add(Rune character, Span<Rune> parts, StringBuilder result)
    {
        if (!StripsAccents)
        {
            AddCased(character, result);
            return;
        }

        var count = Accents.Strip(character, parts);
        foreach (var part in parts[..count])
        {
            AddCased(part, result);
        }
    }

    private void AddCased(Rune character, StringBuilder result)
    {
        if (!Lowers)
        {
            result.Append(character.ToString());
        }
        else if (character.IsAscii)
        {
            result.Append(char.ToLowerInvariant((char)character.Value));
        }
        else if (character.Value == 0x130)
        {
            // The one letter that becomes two.
            result.Append("i\u0307");
        }
        else
        {
            result.Append(Rune.ToLowerInvariant(character).ToString());
        }
    }

    private static bool IsRemoved(Rune rune) => rune.Value switch
    {
        0 or 0xFFFD => true,
        '\t' or '\n' or '\r' => false,
        < 0x80 => rune.Value < ' ' || rune.Value == 0x7F,
        _ => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse,
    };

    // Hugging Face begins the block before the last two 256 characters late, and so must whoever wants the same tokens.
    private static bool IsChinese(int code) => code is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF)
        or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF)
        or (>= 0x2F800 and <= 0x2FA1F);
}

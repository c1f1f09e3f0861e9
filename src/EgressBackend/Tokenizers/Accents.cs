using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Egress.Backend.Tokenizers;

/// <summary>
/// Takes the accents off characters. .NET's own normalisation is done by a library of the system, and does nothing in processes that
/// run without it: tokens would depend on the machine, and nobody would see it.
/// </summary>
internal static class Accents
{
    /// <summary>The most that remains of one character.</summary>
    public const int MostParts = 3;

    private const int FirstSyllable = 0xAC00;
    private const int LastSyllable = 0xD7A3;
    private const int FirstLead = 0x1100;
    private const int FirstVowel = 0x1161;
    private const int BeforeTail = 0x11A7;
    private const int Vowels = 21;
    private const int Tails = 28;

    private static readonly Lazy<FrozenDictionary<int, Rune[]>> s_bare = new(Read);

    /// <summary>What remains of a character: its base without marks, of a mark nothing.</summary>
    /// <param name="character">The character.</param>
    /// <param name="parts">Takes what remains, <see cref="MostParts"/> at most.</param>
    /// <returns>How many there are.</returns>
    public static int Strip(Rune character, Span<Rune> parts)
    {
        if (character.Value is >= FirstSyllable and <= LastSyllable)
        {
            return Decompose(character.Value - FirstSyllable, parts);
        }

        if (!character.IsAscii && s_bare.Value.TryGetValue(character.Value, out var bare))
        {
            bare.CopyTo(parts);
            return bare.Length;
        }

        parts[0] = character;
        return Rune.GetUnicodeCategory(character) == UnicodeCategory.NonSpacingMark ? 0 : 1;
    }

    /// <summary>A syllable of Hangul is put together of two or three letters, by arithmetic.</summary>
    private static int Decompose(int syllable, Span<Rune> parts)
    {
        parts[0] = new Rune(FirstLead + (syllable / (Vowels * Tails)));
        parts[1] = new Rune(FirstVowel + (syllable / Tails % Vowels));
        var tail = syllable % Tails;
        if (tail == 0)
        {
            return 2;
        }

        parts[2] = new Rune(BeforeTail + tail);
        return 3;
    }

    private static FrozenDictionary<int, Rune[]> Read()
    {
        using var stream = typeof(Accents).Assembly.GetManifestResourceStream(typeof(Accents), "accents.txt")!;
        using var reader = new StreamReader(stream);
        var bare = new Dictionary<int, Rune[]>();
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
            {
                int[] numbers = [.. line.Split(' ').Select(number => int.Parse(number, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
                bare.Add(numbers[0], [.. numbers[1..].Select(number => new Rune(number))]);
            }
        }

        return bare.ToFrozenDictionary();
    }
}

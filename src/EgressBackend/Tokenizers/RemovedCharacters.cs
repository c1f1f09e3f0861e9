using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Text;

namespace Egress.Backend.Tokenizers;

/// <summary>
/// The characters that a SentencePiece model's normalisation removes: those for which its table of replacements has nothing. The
/// tokenizer library takes an empty replacement for none, and would keep them.
/// </summary>
internal sealed class RemovedCharacters
{
    // In the protocol buffer: the normaliser's settings in a model, and the table in them.
    private const int NormaliserField = 3;
    private const int TableField = 2;

    // Beyond these planes there is nothing that is replaced by nothing.
    private const int LastCharacter = 0xFFFF;

    private readonly FrozenSet<int> _removed;

    private RemovedCharacters(FrozenSet<int> removed) => _removed = removed;

    /// <summary>Finds them in a model's file.</summary>
    /// <exception cref="FormatException">It is no protocol buffer.</exception>
    public static RemovedCharacters Read(ReadOnlySpan<byte> model)
    {
        var table = Find(Find(model, NormaliserField), TableField);
        if (table.Length < sizeof(uint))
        {
            return new RemovedCharacters([]);
        }

        var trieBytes = BinaryPrimitives.ReadUInt32LittleEndian(table);
        var trie = table[sizeof(uint)..];
        if (trieBytes > trie.Length || trieBytes % sizeof(uint) != 0)
        {
            throw new FormatException("the table of its normalisation is cut off");
        }

        var replacements = trie[(int)trieBytes..];
        trie = trie[..(int)trieBytes];
        var removed = new List<int>();
        Span<byte> bytes = stackalloc byte[4];
        for (var code = 1; code <= LastCharacter; code++)
        {
            if (Rune.TryCreate(code, out var rune)
                && Replacement(trie, bytes[..rune.EncodeToUtf8(bytes)]) is var place and >= 0
                && place < replacements.Length && replacements[place] == 0)
            {
                removed.Add(code);
            }
        }

        return new RemovedCharacters(removed.ToFrozenSet());
    }

    /// <summary>A text without them.</summary>
    public string Remove(string text)
    {
        var first = 0;
        while (first < text.Length && !_removed.Contains(text[first]))
        {
            first++;
        }

        return first == text.Length ? text : string.Concat(text.Where(character => !_removed.Contains(character)));
    }

    /// <summary>The place of a key's replacement in a double-array trie; -1 where it has none.</summary>
    private static int Replacement(ReadOnlySpan<byte> trie, ReadOnlySpan<byte> key)
    {
        const uint Label = (1u << 31) | 0xFF;
        const uint Value = (1u << 31) - 1;
        var at = Offset(Unit(trie, 0));
        var unit = 0u;
        foreach (var value in key)
        {
            at ^= value;
            unit = Unit(trie, at);
            if ((unit & Label) != value)
            {
                return -1;
            }

            at ^= Offset(unit);
        }

        return ((unit >> 8) & 1) == 1 ? (int)(Unit(trie, at) & Value) : -1;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & (1u << 9)) >> 6);

    private static uint Unit(ReadOnlySpan<byte> trie, uint at) => at < trie.Length / sizeof(uint)
        ? BinaryPrimitives.ReadUInt32LittleEndian(trie[((int)at * sizeof(uint))..])
        : throw new FormatException("the table of its normalisation leads beyond its end");

    /// <summary>The content of a field that has one; nothing where there is no such field.</summary>
    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> message, int field)
    {
        while (message.Length > 0)
        {
            var tag = Number(ref message);
            var length = (tag & 7) switch
            {
                0 => SkipNumber(ref message),
                1 => 8UL,
                2 => Number(ref message),
                5 => 4UL,
                _ => throw new FormatException("it is no protocol buffer"),
            };
            if (length > (ulong)message.Length)
            {
                throw new FormatException("it is cut off");
            }

            if (tag == (((ulong)field << 3) | 2))
            {
                return message[..(int)length];
            }

            message = message[(int)length..];
        }

        return [];
    }

    private static ulong SkipNumber(ref ReadOnlySpan<byte> message)
    {
        _ = Number(ref message);
        return 0;
    }

    private static ulong Number(ref ReadOnlySpan<byte> message)
    {
        var number = 0UL;
        for (var shift = 0; shift < 64 && message.Length > 0; shift += 7)
        {
            var value = message[0];
            message = message[1..];
            number |= (ulong)(value & 0x7F) << shift;
            if (value < 0x80)
            {
                return number;
            }
        }

        throw new FormatException("it is cut off");
    }
}

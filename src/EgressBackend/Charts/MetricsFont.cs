using System.Buffers.Binary;
using System.Text;

namespace Egress.Backend.Charts;

/// <summary>
/// A TrueType font that has widths and no shapes. Drawings with real text, such as SVG, need a font only to lay it out: the reader's
/// program has the shapes. With this one they come out the same on every machine, servers and containers without a font included.
/// Glyph numbers are the code points of the Basic Multilingual Plane, so that Skia finds the text again that it laid out.
/// </summary>
internal static class MetricsFont
{
    /// <summary>The font's name.</summary>
    public const string Family = "Egress Metrics";

    private const int UnitsPerEm = 1000;
    private const int GlyphCount = 0xFFFF;
    private const int WidthCount = 0x2E81;
    private const short Ascent = 930;
    private const short Descent = -240;

    /// <summary>The width of a text in a size, in the same unit.</summary>
    public static double Width(string text, double size) => text.Sum(character => Advance(character)) * size / UnitsPerEm;

    /// <summary>The font as a file.</summary>
    public static byte[] Create()
    {
        var tables = new SortedDictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["OS/2"] = Os2(),
            ["cmap"] = CharacterMap(),
            ["glyf"] = new byte[4],
            ["head"] = Head(),
            ["hhea"] = HorizontalHeader(),
            ["hmtx"] = HorizontalMetrics(),
            ["loca"] = new byte[(GlyphCount + 1) * sizeof(ushort)],
            ["maxp"] = MaximumProfile(),
            ["name"] = Names(),
            ["post"] = Big(0x00030000, 0, 0, 0, 0, 0, 0, 0),
        };

        var directory = 12 + (16 * tables.Count);
        var file = new byte[directory + tables.Values.Sum(table => Padded(table.Length))];
        Put32(file, 0, 0x00010000);
        Put16(file, 4, tables.Count);
        Put16(file, 6, 128);
        Put16(file, 8, 3);
        Put16(file, 10, (tables.Count * 16) - 128);
        var entry = 12;
        var offset = directory;
        foreach (var (tag, table) in tables)
        {
            Encoding.ASCII.GetBytes(tag).CopyTo(file, entry);
            table.CopyTo(file, offset);
            Put32(file, entry + 4, Sum(file.AsSpan(offset, Padded(table.Length))));
            Put32(file, entry + 8, (uint)offset);
            Put32(file, entry + 12, (uint)table.Length);
            entry += 16;
            offset += Padded(table.Length);
        }

        return file;
    }

    // Widths between those of the sans-serif fonts of the usual systems, rather wide than narrow, so that nothing is cut off.
    private static int Advance(char character) => character switch
    {
        'i' or 'j' or 'l' or 'I' or '.' or ',' or ':' or ';' or '\'' or '|' or '!' or '·' => 290,
        ' ' or 'f' or 't' or 'r' or '(' or ')' or '[' or ']' or '/' or '\\' or '-' => 370,
        'm' or 'w' or 'M' or 'W' or '%' or '@' or '…' or '—' => 880,
        >= '0' and <= '9' or '–' or '×' or '+' or '=' or '≈' or '±' => 590,
        >= 'a' and <= 'z' => 565,
        >= 'A' and <= 'Z' => 670,
        >= '\u2E80' => 1000,
        _ => 600,
    };

    private static byte[] Head() => Concat(
        Big(0x00010000, 0x00010000, 0, 0x5F0F3CF5), Words(0, UnitsPerEm), new byte[16], Words(0, Descent, UnitsPerEm, Ascent, 0, 8, 2, 0, 0));

    private static byte[] HorizontalHeader() => Concat(
        Big(0x00010000), Words(Ascent, Descent, 0, UnitsPerEm, 0, 0, UnitsPerEm, 1, 0, 0, 0, 0, 0, 0, 0, WidthCount));

    private static byte[] HorizontalMetrics()
    {
        var table = new byte[(WidthCount * 4) + ((GlyphCount - WidthCount) * 2)];
        for (var glyph = 0; glyph < WidthCount; glyph++)
        {
            Put16(table, glyph * 4, Advance((char)glyph));
        }

        return table;
    }

    private static byte[] MaximumProfile() => Concat(Big(0x00010000), Words([GlyphCount, .. new int[13]]));

    /// <summary>Format 4: one segment that maps every code point to the glyph of its number, and the one that ends the list.</summary>
    private static byte[] CharacterMap() => Concat(
        Words(0, 1, 3, 1), Big(12), Words(4, 32, 0, 4, 4, 1, 0, 0xFFFE, 0xFFFF, 0, 1, 0xFFFF, 0, 1, 0, 0));

    private static byte[] Os2() => Concat(
        Words(3, 560, 400, 5, 0, 650, 600, 0, 75, 650, 600, 0, 350, 50, 300, 0), new byte[10], new byte[16], "NONE"u8.ToArray(),
        Words(0x40, 0x20, 0xFFFF, Ascent, Descent, 0, Ascent, -Descent), new byte[8], Words(530, 720, 0, 0x20, 0));

    private static byte[] Names()
    {
        var names = new (int Id, string Text)[] { (1, Family), (2, "Regular"), (4, Family), (6, Family.Replace(" ", "", StringComparison.Ordinal)) };
        var table = new List<byte>(Words(0, names.Length, 6 + (12 * names.Length)));
        var text = new List<byte>();
        foreach (var (id, name) in names)
        {
            var bytes = Encoding.BigEndianUnicode.GetBytes(name);
            table.AddRange(Words(3, 1, 0x409, id, bytes.Length, text.Count));
            text.AddRange(bytes);
        }

        return [.. table, .. text];
    }

    private static byte[] Words(params ReadOnlySpan<int> values)
    {
        var bytes = new byte[values.Length * 2];
        for (var i = 0; i < values.Length; i++)
        {
            Put16(bytes, i * 2, values[i]);
        }

        return bytes;
    }

    private static byte[] Big(params ReadOnlySpan<uint> values)
    {
        var bytes = new byte[values.Length * 4];
        for (var i = 0; i < values.Length; i++)
        {
            Put32(bytes, i * 4, values[i]);
        }

        return bytes;
    }

    private static byte[] Concat(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    private static int Padded(int length) => (length + 3) / 4 * 4;

    private static void Put16(byte[] bytes, int offset, int value) => BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(offset), unchecked((ushort)value));

    private static void Put32(byte[] bytes, int offset, uint value) => BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(offset), value);

    private static uint Sum(ReadOnlySpan<byte> table)
    {
        uint sum = 0;
        for (var i = 0; i < table.Length; i += 4)
        {
            sum = unchecked(sum + BinaryPrimitives.ReadUInt32BigEndian(table[i..]));
        }

        return sum;
    }
}

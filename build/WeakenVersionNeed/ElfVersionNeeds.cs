using System.Buffers.Binary;
using System.Text;

namespace Egress.Build;

/// <summary>
/// Makes a shared library's need for one symbol version optional.
/// </summary>
/// <remarks>
/// A library lists the symbol versions that it needs of other libraries in its section <c>.gnu.version_r</c>, and the dynamic
/// linker refuses it where one is missing, whether or not a symbol of that version is ever used. An entry with the flag
/// <c>VER_FLG_WEAK</c> is the exception: a missing version is then accepted. That is safe only where nothing calls the symbols
/// behind the version, which is why the caller has to name them all.
/// </remarks>
public static class ElfVersionNeeds
{
    private const int SectionHeaderBytes = 64;
    private const int SymbolBytes = 24;
    private const uint SectionGnuVersionNeed = 0x6ffffffe;
    private const uint SectionGnuVersionSymbols = 0x6fffffff;
    private const ushort FlagWeak = 0x2;
    private const ushort VersionIndexMask = 0x7fff;

    /// <summary>Sets <c>VER_FLG_WEAK</c> on the entries of <paramref name="version"/>; no other byte changes.</summary>
    /// <param name="image">The whole file, 64-bit little-endian ELF; changed in place.</param>
    /// <param name="version">The symbol version, for example <c>GLIBCXX_3.4.32</c>.</param>
    /// <param name="symbols">The symbols of that version that are known not to be called.</param>
    /// <exception cref="InvalidDataException">The file is no 64-bit little-endian ELF file, or is damaged.</exception>
    /// <exception cref="NotSupportedException">The library needs other symbols of that version too; nothing was
    /// changed.</exception>
    public static WeakenResult Weaken(Span<byte> image, string version, IReadOnlyCollection<string> symbols)
    {
        var sections = ReadSections(image);
        var entries = FindEntries(image, sections, version);
        if (entries.Count == 0)
        {
            return WeakenResult.NotNeeded;
        }

        foreach (var entry in entries)
        {
            foreach (var symbol in SymbolsOf(image, sections, entry.VersionIndex))
            {
                if (!symbols.Contains(symbol))
                {
                    throw new NotSupportedException($"The library takes {symbol} from {version}, so that version cannot be optional.");
                }
            }
        }

        var result = WeakenResult.AlreadyWeak;
        foreach (var entry in entries)
        {
            var flags = BinaryPrimitives.ReadUInt16LittleEndian(image[entry.FlagsOffset..]);
            if ((flags & FlagWeak) == 0)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(image[entry.FlagsOffset..], (ushort)(flags | FlagWeak));
                result = WeakenResult.Weakened;
            }
        }

        return result;
    }

    private static List<Section> ReadSections(ReadOnlySpan<byte> image)
    {
        // Identification: magic number, class 2 (64 bits), data 1 (little-endian).
        if (image.Length < 64 || !image[..6].SequenceEqual((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
        {
            throw new InvalidDataException("The file is no 64-bit little-endian ELF file.");
        }

        var table = U64(image, 0x28);
        var entryBytes = U16(image, 0x3a);
        var count = U16(image, 0x3c);
        if (table == 0 || count == 0 || entryBytes != SectionHeaderBytes)
        {
            throw new InvalidDataException("The file has no section headers.");
        }

        var headers = Slice(image, table, (ulong)count * SectionHeaderBytes);
        var sections = new List<Section>(count);
        for (var index = 0; index < count; index++)
        {
            var header = headers.Slice(index * SectionHeaderBytes, SectionHeaderBytes);
            sections.Add(new Section(U32(header, 4), U64(header, 24), U64(header, 32), U32(header, 40)));
        }

        return sections;
    }

    private static List<Entry> FindEntries(ReadOnlySpan<byte> image, List<Section> sections, string version)
    {
        var found = new List<Entry>();
        foreach (var section in sections)
        {
            if (section.Type != SectionGnuVersionNeed)
            {
                continue;
            }

            var content = Content(image, section);
            var names = Content(image, Linked(sections, section));

            // Two nested lists, both chained by relative offsets: one entry a library, under it one entry a version. Offsets
            // are unsigned and added, so a damaged chain runs out of the section and cannot loop.
            for (ulong library = 0; ;)
            {
                var header = Slice(content, library, 16);
                ulong aux = library + U32(header, 8);
                for (var left = U16(header, 2); left > 0; left--)
                {
                    var need = Slice(content, aux, 16);
                    if (Text(names, U32(need, 8)) == version)
                    {
                        found.Add(new Entry(checked((int)(section.Offset + aux + 4)), U16(need, 6)));
                    }

                    var next = U32(need, 12);
                    if (next == 0)
                    {
                        break;
                    }

                    aux += next;
                }

                var nextLibrary = U32(header, 12);
                if (nextLibrary == 0)
                {
                    break;
                }

                library += nextLibrary;
            }
        }

        return found;
    }

    private static List<string> SymbolsOf(ReadOnlySpan<byte> image, List<Section> sections, ushort versionIndex)
    {
        var found = new List<string>();
        foreach (var section in sections)
        {
            if (section.Type != SectionGnuVersionSymbols)
            {
                continue;
            }

            // One 16-bit version index a symbol of the table that the section is linked to.
            var indices = Content(image, section);
            var symbolTable = Linked(sections, section);
            var symbolContent = Content(image, symbolTable);
            var names = Content(image, Linked(sections, symbolTable));
            for (var index = 0; index < indices.Length / 2; index++)
            {
                if ((U16(indices, index * 2) & VersionIndexMask) == versionIndex)
                {
                    found.Add(Text(names, U32(Slice(symbolContent, (ulong)index * SymbolBytes, SymbolBytes), 0)));
                }
            }
        }

        return found;
    }

    private static Section Linked(List<Section> sections, Section section) => section.Link < sections.Count
        ? sections[(int)section.Link]
        : throw Damaged();

    private static ReadOnlySpan<byte> Content(ReadOnlySpan<byte> image, Section section) => Slice(image, section.Offset, section.Size);

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> bytes, ulong offset, ulong length) =>
        offset <= (ulong)bytes.Length && length <= (ulong)bytes.Length - offset
            ? bytes.Slice((int)offset, (int)length)
            : throw Damaged();

    private static string Text(ReadOnlySpan<byte> names, uint offset)
    {
        var rest = Slice(names, offset, (ulong)Math.Max(0, names.Length - (long)offset));
        var end = rest.IndexOf((byte)0);
        return end >= 0 ? Encoding.UTF8.GetString(rest[..end]) : throw Damaged();
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static ulong U64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);

    private static InvalidDataException Damaged() => new("The ELF file is damaged: a table points outside of it.");

    private readonly record struct Section(uint Type, ulong Offset, ulong Size, uint Link);

    private readonly record struct Entry(int FlagsOffset, ushort VersionIndex);
}

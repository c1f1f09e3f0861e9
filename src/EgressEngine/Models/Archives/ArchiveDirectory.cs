using System.Buffers.Binary;
using System.Text;
using Egress.Files;
using Egress.Models.Weights;
using static Egress.Models.Weights.MalformedFileException;

namespace Egress.Models.Archives;

/// <summary>
/// The files of a zip archive and where each lies. The base library's reader does not tell places, and tensors are to be read
/// where they lie. Nothing that the archive claims is believed before it has been compared with its size, and no two files may
/// share bytes, so a hostile one costs no more memory than its directory is long.
/// </summary>
internal sealed class ArchiveDirectory
{
    private const uint LocalSignature = 0x0403_4B50;
    private const uint CentralSignature = 0x0201_4B50;
    private const uint EndSignature = 0x0605_4B50;
    private const uint End64Signature = 0x0606_4B50;
    private const uint Locator64Signature = 0x0706_4B50;
    private const int LocalBytes = 30;
    private const int CentralBytes = 46;
    private const int EndBytes = 22;
    private const int End64Bytes = 56;
    private const int Locator64Bytes = 20;
    private const uint Elsewhere = 0xFFFF_FFFF;

    /// <summary>More than any model has by far, and few enough to be looked at one by one.</summary>
    private const int MostEntries = 1_000_000;

    private readonly Dictionary<string, ArchiveEntry> _byName;

    private ArchiveDirectory(List<ArchiveEntry> entries, Dictionary<string, ArchiveEntry> byName, long start)
    {
        Entries = entries;
        _byName = byName;
        Start = start;
    }

    /// <summary>The files, in the directory's order.</summary>
    public IReadOnlyList<ArchiveEntry> Entries { get; }

    /// <summary>Where the directory begins: behind the last file.</summary>
    public long Start { get; }

    /// <summary>Whether bytes begin as a zip archive does.</summary>
    public static bool IsArchive(ReadOnlySpan<byte> start) =>
        start.Length >= sizeof(uint) && BinaryPrimitives.ReadUInt32LittleEndian(start) is LocalSignature or EndSignature;

    /// <summary>The file of this name, or null where there is none.</summary>
    public ArchiveEntry? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Reads and checks the directory of an archive.</summary>
    /// <exception cref="MalformedFileException">It is not as the format has it.</exception>
    public static ArchiveDirectory Read(MappedFile file)
    {
        var (offset, bytes, count) = FindDirectory(file);
        if (offset < 0 || bytes < 0 || offset > file.Length - bytes || bytes > int.MaxValue)
        {
            throw new MalformedFileException($"its directory is said to lie at bytes {offset} to {offset + bytes}, and it has {file.Length}");
        }

        if (count is < 0 or > MostEntries || count > bytes / CentralBytes)
        {
            throw new MalformedFileException($"its directory of {bytes} bytes is said to have {count} files");
        }

        var directory = file.Bytes(offset, (int)bytes);
        var entries = new List<ArchiveEntry>((int)count);
        var byName = new Dictionary<string, ArchiveEntry>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var entry = ReadEntry(file, ref directory, offset, offset + bytes - directory.Length);
            if (!byName.TryAdd(entry.Name, entry))
            {
                throw new MalformedFileException($"it has {Quote(entry.Name)} twice");
            }

            entries.Add(entry);
        }

        ThrowIfShared(entries);
        return new ArchiveDirectory(entries, byName, offset);
    }

    private static (long Offset, long Bytes, long Count) FindDirectory(MappedFile file)
    {
        // A comment of up to 64 KiB may follow the record.
        var tailBytes = (int)Math.Min(file.Length, EndBytes + ushort.MaxValue);
        var tail = file.Bytes(file.Length - tailBytes, tailBytes);
        for (var at = tailBytes - EndBytes; at >= 0; at--)
        {
            var record = tail[at..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(record) != EndSignature || ReadUInt16(record, 20) != record.Length - EndBytes)
            {
                continue;
            }

            var found = (Offset: (long)ReadUInt32(record, 16), Bytes: (long)ReadUInt32(record, 12), Count: (long)ReadUInt16(record, 10));
            var isElsewhere = found.Offset == Elsewhere || found.Bytes == Elsewhere || found.Count == ushort.MaxValue;
            return isElsewhere ? FindDirectory64(file, file.Length - tailBytes + at - Locator64Bytes) ?? found : found;
        }

        throw new MalformedFileException("its directory is missing: it is cut short, or no zip archive");
    }

    private static (long Offset, long Bytes, long Count)? FindDirectory64(MappedFile file, long locatorAt)
    {
        if (locatorAt < 0 || ReadUInt32(file.Bytes(locatorAt, Locator64Bytes), 0) != Locator64Signature)
        {
            return null;
        }

        var at = ReadInt64(file.Bytes(locatorAt, Locator64Bytes), 8);
        if (at < 0 || at > locatorAt - End64Bytes || ReadUInt32(file.Bytes(at, End64Bytes), 0) != End64Signature)
        {
            throw new MalformedFileException("the place of its directory is wrong");
        }

        var record = file.Bytes(at, End64Bytes);
        return (ReadInt64(record, 48), ReadInt64(record, 40), ReadInt64(record, 32));
    }

    private static ArchiveEntry ReadEntry(MappedFile file, ref ReadOnlySpan<byte> directory, long directoryStart, long recordStart)
    {
        if (directory.Length < CentralBytes || ReadUInt32(directory, 0) != CentralSignature)
        {
            throw new MalformedFileException("its directory is damaged");
        }

        var header = directory[..CentralBytes];
        int nameBytes = ReadUInt16(header, 28), extraBytes = ReadUInt16(header, 30), commentBytes = ReadUInt16(header, 32);
        if (nameBytes + extraBytes + commentBytes > directory.Length - CentralBytes)
        {
            throw new MalformedFileException("its directory is damaged");
        }

        var name = Encoding.UTF8.GetString(directory.Slice(CentralBytes, nameBytes));
        var sizes = new ArchiveSizes(ReadUInt32(header, 20), ReadUInt32(header, 24), ReadUInt32(header, 42));
        sizes.TakeLarge(directory.Slice(CentralBytes + nameBytes, extraBytes));
        var recordBytes = CentralBytes + nameBytes + extraBytes + commentBytes;
        directory = directory[recordBytes..];

        var method = ReadUInt16(header, 10);
        if ((ReadUInt16(header, 8) & 1) != 0 || method is not (0 or 8))
        {
            throw new MalformedFileException($"{Quote(name)} in it is encrypted, or packed in a way that is not known here");
        }

        if (sizes.Offset < 0 || sizes.Offset > directoryStart - LocalBytes
            || ReadUInt32(file.Bytes(sizes.Offset, LocalBytes), 0) != LocalSignature)
        {
            throw new MalformedFileException($"{Quote(name)} in it is not where its directory says");
        }

        var local = file.Bytes(sizes.Offset, LocalBytes);
        var start = sizes.Offset + LocalBytes + ReadUInt16(local, 26) + ReadUInt16(local, 28);
        if (sizes.Stored < 0 || sizes.Bytes < 0 || start > directoryStart - sizes.Stored || (method == 0 && sizes.Stored != sizes.Bytes))
        {
            throw new MalformedFileException($"{Quote(name)} in it is said to have {sizes.Stored} bytes, and it has fewer");
        }

        return new ArchiveEntry(
            name, method == 0, start, sizes.Stored, sizes.Bytes, ReadUInt32(header, 16), recordStart, recordBytes);
    }

    private static void ThrowIfShared(List<ArchiveEntry> entries)
    {
        long end = 0;
        foreach (var entry in entries.OrderBy(entry => entry.Offset))
        {
            if (entry.Offset < end)
            {
                throw new MalformedFileException($"{Quote(entry.Name)} in it shares bytes with another file");
            }

            end = entry.Offset + entry.StoredBytes;
        }
    }

    private static ushort ReadUInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint ReadUInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long ReadInt64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}

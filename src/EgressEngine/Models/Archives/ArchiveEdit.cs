using System.Buffers.Binary;
using System.Text;
using Egress.Files;
using Egress.Runtime;
using Microsoft.Win32.SafeHandles;

namespace Egress.Models.Archives;

/// <summary>Copies an archive with one of its files replaced, byte for byte otherwise.</summary>
internal static class ArchiveEdit
{
    private const ushort LargeVersion = 45;
    private const int CopyBytes = 1 << 20;

    /// <summary>Makes the copy, as a file in memory.</summary>
    /// <param name="file">The archive.</param>
    /// <param name="archive">Its directory.</param>
    /// <param name="entry">The file to replace.</param>
    /// <param name="content">Its new content.</param>
    /// <param name="without">The name of a file to leave out, if it is there.</param>
    /// <exception cref="IOException">There is not enough memory.</exception>
    public static SafeFileHandle Replace(MappedFile file, ArchiveDirectory archive, ArchiveEntry entry, byte[] content, string without)
    {
        var copy = Libc.CreateMemoryFile("egress-model");
        try
        {
            using var stream = new FileStream(new SafeFileHandle(copy.DangerousGetHandle(), ownsHandle: false), FileAccess.Write, CopyBytes);
            for (long at = 0; at < archive.Start; at += CopyBytes)
            {
                stream.Write(file.Bytes(at, (int)Math.Min(CopyBytes, archive.Start - at)));
            }

            var placed = new Placed(Encoding.UTF8.GetBytes(entry.Name), content, archive.Start);
            stream.Write(placed.Local());
            stream.Write(content);
            var directoryStart = stream.Position;
            long count = 1;
            foreach (var kept in archive.Entries.Where(kept => kept != entry && kept.Name != without))
            {
                stream.Write(file.Bytes(kept.RecordOffset, kept.RecordBytes));
                count++;
            }

            stream.Write(placed.Central());
            stream.Write(End(directoryStart, stream.Position - directoryStart, count));
            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    /// <summary>The records behind a directory: the large one, its place, and the small one that points to both.</summary>
    private static byte[] End(long start, long bytes, long count)
    {
        var end = new byte[56 + 20 + 22];
        var large = end.AsSpan(0, 56);
        BinaryPrimitives.WriteUInt32LittleEndian(large, 0x0606_4B50);
        BinaryPrimitives.WriteInt64LittleEndian(large[4..], 44);
        BinaryPrimitives.WriteUInt16LittleEndian(large[12..], LargeVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(large[14..], LargeVersion);
        BinaryPrimitives.WriteInt64LittleEndian(large[24..], count);
        BinaryPrimitives.WriteInt64LittleEndian(large[32..], count);
        BinaryPrimitives.WriteInt64LittleEndian(large[40..], bytes);
        BinaryPrimitives.WriteInt64LittleEndian(large[48..], start);

        var locator = end.AsSpan(56, 20);
        BinaryPrimitives.WriteUInt32LittleEndian(locator, 0x0706_4B50);
        BinaryPrimitives.WriteInt64LittleEndian(locator[8..], start + bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(locator[16..], 1);

        var small = end.AsSpan(76);
        BinaryPrimitives.WriteUInt32LittleEndian(small, 0x0605_4B50);
        small[8..20].Fill(0xFF);
        return end;
    }

    /// <summary>A file at its place: the header before its content and its record in the directory.</summary>
    private sealed record Placed(byte[] Name, byte[] Content, long Offset)
    {
        private uint Crc { get; } = ~Crc32.Append(Crc32.Start, Content);

        public byte[] Local()
        {
            var header = new byte[30 + Name.Length];
            BinaryPrimitives.WriteUInt32LittleEndian(header, 0x0403_4B50);
            WriteSizes(header.AsSpan(4));
            Name.CopyTo(header, 30);
            return header;
        }

        public byte[] Central()
        {
            var header = new byte[46 + Name.Length + 12];
            BinaryPrimitives.WriteUInt32LittleEndian(header, 0x0201_4B50);
            BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), LargeVersion);
            WriteSizes(header.AsSpan(6));
            BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(30), 12);
            header.AsSpan(42, 4).Fill(0xFF);
            Name.CopyTo(header, 46);
            var large = header.AsSpan(46 + Name.Length);
            BinaryPrimitives.WriteUInt16LittleEndian(large, 1);
            BinaryPrimitives.WriteUInt16LittleEndian(large[2..], sizeof(long));
            BinaryPrimitives.WriteInt64LittleEndian(large[4..], Offset);
            return header;
        }

        // The part that both have: version, flags (the name is UTF-8), method (stored), time, CRC, sizes, length of the name.
        private void WriteSizes(Span<byte> header)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(header, LargeVersion);
            BinaryPrimitives.WriteUInt16LittleEndian(header[2..], 1 << 11);
            BinaryPrimitives.WriteUInt32LittleEndian(header[10..], Crc);
            BinaryPrimitives.WriteUInt32LittleEndian(header[14..], (uint)Content.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(header[18..], (uint)Content.Length);
            BinaryPrimitives.WriteUInt16LittleEndian(header[22..], (ushort)Name.Length);
        }
    }
}

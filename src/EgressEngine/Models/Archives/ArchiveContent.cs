using System.IO.Compression;
using Egress.Files;
using Egress.Models.Weights;
using static Egress.Models.Weights.MalformedFileException;

namespace Egress.Models.Archives;

/// <summary>Reads small files of an archive.</summary>
internal static class ArchiveContent
{
    /// <summary>The content of a file, checked against its CRC.</summary>
    /// <param name="file">The archive.</param>
    /// <param name="entry">The file.</param>
    /// <param name="most">The most bytes that it may have.</param>
    /// <exception cref="MalformedFileException">It has more, or is damaged.</exception>
    public static unsafe byte[] Read(MappedFile file, ArchiveEntry entry, int most)
    {
        if (entry.Bytes > most || entry.StoredBytes > most)
        {
            throw new MalformedFileException($"{Quote(entry.Name)} in it has {entry.Bytes} bytes, more than the {most} that are allowed");
        }

        var content = entry.IsStored
            ? file.Bytes(entry.Offset, (int)entry.StoredBytes).ToArray()
            : Inflate((byte*)file.AddressOf(entry.Offset), entry);
        if (~Crc32.Append(Crc32.Start, content) != entry.Crc)
        {
            throw new MalformedFileException($"{Quote(entry.Name)} in it is damaged");
        }

        return content;
    }

    private static unsafe byte[] Inflate(byte* start, ArchiveEntry entry)
    {
        var content = new byte[entry.Bytes];
        try
        {
            using var packed = new UnmanagedMemoryStream(start, entry.StoredBytes);
            using var stream = new DeflateStream(packed, CompressionMode.Decompress);
            stream.ReadExactly(content);
            if (stream.ReadByte() >= 0)
            {
                throw new MalformedFileException($"{Quote(entry.Name)} in it has more bytes than its directory says");
            }

            return content;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new MalformedFileException($"{Quote(entry.Name)} in it is damaged", e);
        }
    }
}

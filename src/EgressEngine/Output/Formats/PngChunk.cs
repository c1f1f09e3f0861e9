using System.Buffers.Binary;
using Egress.Files;

namespace Egress.Output.Formats;

/// <summary>A chunk of a PNG file: its length, its type, its data and their checksum.</summary>
internal static class PngChunk
{
    public static void Write(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        stream.Write(number);
        stream.Write(type);
        stream.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Append(Crc32.Append(Crc32.Start, type), data) ^ Crc32.Start);
        stream.Write(number);
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Egress.Output;

/// <summary>
/// Writes label maps as PNG (W3C Portable Network Graphics, third edition): the label is the pixel's value and the palette only
/// shows it. Written here because imaging libraries choose a palette of their own when they write one, and the label must be exact.
/// </summary>
public static class LabelPngWriter
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Writes the map in its picture's size: 8-bit palette for one-byte labels, 16-bit grey for two-byte ones.</summary>
    public static void Write(Stream stream, LabelMap map)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(Signature);

        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, map.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], map.Height);
        header[8] = (byte)(8 * map.ElementBytes);
        header[9] = (byte)(map.ElementBytes == 1 ? 3 : 0);
        header[10..].Clear();
        WriteChunk(stream, "IHDR"u8, header);
        if (map.ElementBytes == 1)
        {
            WriteChunk(stream, "PLTE"u8, VocPalette.Colors);
        }

        using var pixels = new MemoryStream();
        WritePixels(pixels, map);
        WriteChunk(stream, "IDAT"u8, pixels.GetBuffer().AsSpan(0, (int)pixels.Length));
        WriteChunk(stream, "IEND"u8, []);
    }

    private static void WritePixels(MemoryStream pixels, LabelMap map)
    {
        const byte FilterNone = 0;
        const byte FilterUp = 2;
        var length = 1 + (map.Width * map.ElementBytes);
        var row = ArrayPool<byte>.Shared.Rent(length);
        var repeated = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            // A row equal to the one above it is "up" by nothing: most rows of an enlarged map, and zeros compress best.
            repeated.AsSpan(0, length).Clear();
            repeated[0] = FilterUp;
            row[0] = FilterNone;
            using var zlib = new ZLibStream(pixels, CompressionLevel.Fastest, leaveOpen: true);
            var shown = -1;
            for (var y = 0; y < map.Height; y++)
            {
                if (map.SourceRow(y) == shown)
                {
                    zlib.Write(repeated, 0, length);
                    continue;
                }

                shown = map.SourceRow(y);
                var labels = row.AsSpan(1, length - 1);
                map.CopyRow(y, labels);
                if (map.ElementBytes == 2)
                {
                    SwapBytes(labels);
                }

                zlib.Write(row, 0, length);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(row);
            ArrayPool<byte>.Shared.Return(repeated);
        }
    }

    private static void SwapBytes(Span<byte> labels)
    {
        for (var i = 0; i < labels.Length; i += 2)
        {
            (labels[i], labels[i + 1]) = (labels[i + 1], labels[i]);
        }
    }

    private static void WriteChunk(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
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

using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Egress.Output.Planes;

namespace Egress.Output.Formats;

/// <summary>
/// Writes label maps and confidence as PNG (W3C Portable Network Graphics, third edition): the label is the pixel's value and the
/// palette only shows it. Written here because imaging libraries choose a palette of their own when they write one, and the label must be exact.
/// </summary>
public static class PngEncoder
{
    private const byte FilterNone = 0;
    private const byte FilterUp = 2;
    private const byte Grey = 0;
    private const byte Palette = 3;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Writes an array: 8-bit palette for one-byte elements, 16-bit grey for two-byte ones.</summary>
    /// <param name="stream">Receives the file; it is only written forward.</param>
    /// <param name="map">One plane of 8- or 16-bit whole numbers.</param>
    public static void Write(Stream stream, PlaneSource map)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(map);
        var elementBytes = map.RowBytes / map.Width;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(elementBytes, 2, nameof(map));
        ArgumentOutOfRangeException.ThrowIfNotEqual(map.PlaneCount, 1, nameof(map));
        stream.Write(Signature);

        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, map.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], map.Height);
        header[8] = (byte)(8 * elementBytes);
        header[9] = elementBytes == 1 ? Palette : Grey;
        header[10..].Clear();
        PngChunk.Write(stream, "IHDR"u8, header);
        if (elementBytes == 1)
        {
            PngChunk.Write(stream, "PLTE"u8, VocPalette.Colors);
        }

        using (var data = new PngDataStream(stream))
        using (var zlib = new ZLibStream(data, CompressionLevel.Fastest))
        {
            WriteRows(zlib, map, swapBytes: elementBytes == 2);
        }

        PngChunk.Write(stream, "IEND"u8, []);
    }

    private static void WriteRows(ZLibStream zlib, PlaneSource map, bool swapBytes)
    {
        // A row equal to the one above it is "up" by nothing: most rows of an enlarged map, and zeros compress best.
        var row = new byte[1 + map.RowBytes];
        var repeated = new byte[1 + map.RowBytes];
        row[0] = FilterNone;
        repeated[0] = FilterUp;
        for (var y = 0; y < map.Height; y++)
        {
            if (map.RepeatsAbove(y))
            {
                zlib.Write(repeated);
                continue;
            }

            map.CopyRow(0, y, row.AsSpan(1));
            if (swapBytes)
            {
                var values = MemoryMarshal.Cast<byte, ushort>(row.AsSpan(1));
                BinaryPrimitives.ReverseEndianness(values, values);
            }

            zlib.Write(row);
        }
    }
}

using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Egress.Models;

namespace Egress.Output;

/// <summary>
/// Writes NumPy's array files, format version 1.0 (numpy.lib.format). bfloat16, which NumPy does not know, is widened to float32,
/// which loses nothing.
/// </summary>
public static class NpyWriter
{
    private const int ChunkElements = 1 << 16;

    /// <summary>Writes the header of an array in C order.</summary>
    public static void WriteHeader(Stream stream, ElementType type, params ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var sizes = new StringBuilder();
        foreach (var size in shape)
        {
            sizes.Append(CultureInfo.InvariantCulture, $"{size}, ");
        }

        var header = $"{{'descr': '{Descriptor(type)}', 'fortran_order': False, 'shape': ({sizes.ToString().TrimEnd()}), }}";

        // Magic, version and length take 10 bytes; the data starts at a multiple of 64, after a line feed.
        var length = header.Length + 1;
        length += (64 - ((10 + length) % 64)) % 64;
        stream.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, (byte)length, (byte)(length >> 8)]);
        stream.Write(Encoding.ASCII.GetBytes(header.PadRight(length - 1) + "\n"));
    }

    /// <summary>Writes elements as <see cref="WriteHeader"/> has announced them.</summary>
    public static void WriteElements(Stream stream, ElementType type, ReadOnlySpan<byte> elements)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (type != ElementType.BFloat16)
        {
            stream.Write(elements);
            return;
        }

        var source = MemoryMarshal.Cast<byte, ushort>(elements);
        var chunk = ArrayPool<uint>.Shared.Rent(ChunkElements);
        try
        {
            while (!source.IsEmpty)
            {
                var count = Math.Min(source.Length, ChunkElements);
                for (var i = 0; i < count; i++)
                {
                    chunk[i] = (uint)source[i] << 16;
                }

                stream.Write(MemoryMarshal.AsBytes(chunk.AsSpan(0, count)));
                source = source[count..];
            }
        }
        finally
        {
            ArrayPool<uint>.Shared.Return(chunk);
        }
    }

    private static string Descriptor(ElementType type) => type switch
    {
        ElementType.UInt8 => "|u1",
        ElementType.Int16 => "<i2",
        ElementType.Float16 => "<f2",
        ElementType.BFloat16 or ElementType.Float32 => "<f4",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}

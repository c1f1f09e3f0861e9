using System.Globalization;
using System.Text;
using Egress.Models;
using Egress.Output.Planes;

namespace Egress.Output.Formats;

/// <summary>
/// Writes NumPy's array files, format version 1.0 (numpy.lib.format). bfloat16, which NumPy does not know, is widened to float32,
/// which loses nothing.
/// </summary>
public static class NpyEncoder
{
    /// <summary>Writes an array as a file of its own.</summary>
    /// <param name="stream">Receives the file; it is only written forward.</param>
    /// <param name="array">The array.</param>
    public static void Write(Stream stream, PlaneSource array)
    {
        ArgumentNullException.ThrowIfNull(array);
        WriteHeader(stream, array.Type, array.Shape);
        ElementEncoder.Write(stream, array, ElementEncoder.Portable(array.Type));
    }

    /// <summary>Writes the header of an array in C order.</summary>
    public static void WriteHeader(Stream stream, ElementType type, params ReadOnlySpan<long> shape) =>
        WriteHeader(stream, Descriptor(type), shape);

    /// <summary>Writes the header of an array in C order.</summary>
    /// <param name="stream">Receives it.</param>
    /// <param name="descriptor">The elements' type as NumPy writes it, for example <c>&lt;f4</c>.</param>
    /// <param name="shape">The sizes of the dimensions, slowest first.</param>
    internal static void WriteHeader(Stream stream, string descriptor, params ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var sizes = new StringBuilder();
        foreach (var size in shape)
        {
            sizes.Append(CultureInfo.InvariantCulture, $"{size}, ");
        }

        var header = $"{{'descr': '{descriptor}', 'fortran_order': False, 'shape': ({sizes.ToString().TrimEnd()}), }}";

        // Magic, version and length take 10 bytes; the data starts at a multiple of 64, after a line feed.
        var length = header.Length + 1;
        length += (64 - ((10 + length) % 64)) % 64;
        stream.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, (byte)length, (byte)(length >> 8)]);
        stream.Write(Encoding.ASCII.GetBytes(header.PadRight(length - 1) + "\n"));
    }

    /// <summary>Bytes before the data of a file that begins like one of these.</summary>
    internal static int HeaderBytes(ReadOnlySpan<byte> file)
    {
        const int LengthAt = 8;
        return LengthAt + sizeof(ushort) + (file[LengthAt] | (file[LengthAt + 1] << 8));
    }

    private static string Descriptor(ElementType type) => type switch
    {
        ElementType.UInt8 => "|u1",
        ElementType.Int16 => "<i2",
        ElementType.UInt16 => "<u2",
        ElementType.Int32 => "<i4",
        ElementType.Float16 => "<f2",
        ElementType.BFloat16 or ElementType.Float32 => "<f4",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}

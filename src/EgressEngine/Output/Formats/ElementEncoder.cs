using System.Buffers;
using System.Runtime.InteropServices;
using Egress.Models;
using Egress.Output.Planes;

namespace Egress.Output.Formats;

/// <summary>
/// Writes an array's elements, little-endian and in C order: the whole of a raw file, and what follows the header in others.
/// </summary>
public static class ElementEncoder
{
    private const int ChunkBytes = 1 << 18;

    /// <summary>The type that other programs know: NumPy and Zarr have no bfloat16, and float32 holds each of its numbers.</summary>
    public static ElementType Portable(ElementType type) => type == ElementType.BFloat16 ? ElementType.Float32 : type;

    /// <summary>Writes all elements.</summary>
    /// <param name="stream">Receives them; it is only written forward.</param>
    /// <param name="array">The array.</param>
    /// <param name="type">The type to write: the array's own, or its <see cref="Portable"/> one.</param>
    public static void Write(Stream stream, PlaneSource array, ElementType type)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(array);
        if (type != array.Type && type != Portable(array.Type))
        {
            throw new ArgumentOutOfRangeException(nameof(type), type, $"Elements are {array.Type}.");
        }

        var whole = array.InOnePiece.Span;
        if (!whole.IsEmpty && type == array.Type)
        {
            // Uncopied: a stream over the network sends it from where it lies.
            stream.Write(whole);
            return;
        }

        WriteRows(stream, array, type);
    }

    private static void WriteRows(Stream stream, PlaneSource array, ElementType type)
    {
        var rowBytes = checked(array.Width * type.SizeInBytes());
        var rows = Math.Clamp(ChunkBytes / rowBytes, 1, array.Height);
        var chunk = ArrayPool<byte>.Shared.Rent(rows * rowBytes);
        var narrow = type == array.Type ? [] : new byte[array.RowBytes];
        try
        {
            for (var plane = 0; plane < array.PlaneCount; plane++)
            {
                for (var y = 0; y < array.Height; y += rows)
                {
                    var count = Math.Min(rows, array.Height - y);
                    for (var i = 0; i < count; i++)
                    {
                        CopyRow(array, plane, y + i, chunk.AsSpan(i * rowBytes, rowBytes), narrow);
                    }

                    stream.Write(chunk, 0, count * rowBytes);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private static void CopyRow(PlaneSource array, int plane, int y, Span<byte> row, byte[] narrow)
    {
        if (narrow.Length == 0)
        {
            array.CopyRow(plane, y, row);
            return;
        }

        array.CopyRow(plane, y, narrow);
        Scores.Widen(array.Type, narrow, MemoryMarshal.Cast<byte, float>(row));
    }
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Egress.Models;

namespace Egress.Vectors;

/// <summary>Reads vectors out of memory, whatever their form.</summary>
public static class VectorElements
{
    /// <summary>The elements of one vector as single-precision numbers.</summary>
    /// <param name="layout">How it lies in memory.</param>
    /// <param name="vector">Its <see cref="VectorLayout.VectorBytes"/> bytes.</param>
    /// <param name="elements">Takes its <see cref="VectorLayout.Dimension"/> elements.</param>
    public static void Read(VectorLayout layout, ReadOnlySpan<byte> vector, Span<float> elements)
    {
        ArgumentNullException.ThrowIfNull(layout);
        vector = vector[..layout.VectorBytes];
        elements = elements[..layout.Dimension];
        switch (layout.Precision)
        {
            case VectorPrecision.Float32:
                MemoryMarshal.Cast<byte, float>(vector).CopyTo(elements);
                break;
            case VectorPrecision.Float16:
                var halves = MemoryMarshal.Cast<byte, Half>(vector);
                for (var i = 0; i < halves.Length; i++)
                {
                    elements[i] = (float)halves[i];
                }

                break;
            case VectorPrecision.Int8:
                var scale = Scale(layout, vector);
                var integers = MemoryMarshal.Cast<byte, sbyte>(vector[..layout.Dimension]);
                for (var i = 0; i < integers.Length; i++)
                {
                    elements[i] = integers[i] * scale;
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(layout), layout.Precision, null);
        }
    }

    /// <summary>The scale of a vector of 8-bit integers.</summary>
    public static float Scale(VectorLayout layout, ReadOnlySpan<byte> vector)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return BinaryPrimitives.ReadSingleLittleEndian(vector[layout.Dimension..]);
    }
}

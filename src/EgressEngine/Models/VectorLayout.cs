namespace Egress.Models;

/// <summary>How a vector lies in memory.</summary>
/// <param name="Precision">The form of its elements.</param>
/// <param name="Dimension">Elements of a vector.</param>
/// <param name="IsTokenLevel">Whether a sequence has a vector for each of its tokens instead of one.</param>
public sealed record VectorLayout(VectorPrecision Precision, int Dimension, bool IsTokenLevel)
{
    /// <summary>Bytes of one vector: its elements, and behind 8-bit ones their scale as a little-endian single-precision number.</summary>
    public int VectorBytes => ElementBytes + ScaleBytes;

    /// <summary>Bytes of a vector's elements.</summary>
    public int ElementBytes => Precision switch
    {
        VectorPrecision.Float32 => sizeof(float) * Dimension,
        VectorPrecision.Float16 => sizeof(ushort) * Dimension,
        VectorPrecision.Int8 => Dimension,
        _ => throw new InvalidOperationException($"{Precision} has no size."),
    };

    /// <summary>Bytes of a vector's scale; 0 where it has none.</summary>
    public int ScaleBytes => Precision == VectorPrecision.Int8 ? sizeof(float) : 0;
}

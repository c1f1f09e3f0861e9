using Egress.Models;

namespace Egress.Output.Planes;

/// <summary>
/// An array of one plane (labels, confidence) or of several (scores, one plane a class), as encoders take it: row by row, the
/// planes one after the other. Where the rows come from, and whether they are scaled on the way, is the source's own affair.
/// </summary>
/// <param name="type">The type of an element; little-endian.</param>
/// <param name="planeCount">Planes; 0 for an array of two dimensions.</param>
/// <param name="height">Rows of a plane.</param>
/// <param name="width">Elements of a row.</param>
public abstract class PlaneSource(ElementType type, int planeCount, int height, int width)
{
    /// <summary>The type of an element; little-endian.</summary>
    public ElementType Type { get; } = type;

    /// <summary>Planes, at least 1.</summary>
    public int PlaneCount { get; } = Math.Max(1, planeCount);

    /// <summary>Rows of a plane.</summary>
    public int Height { get; } = height;

    /// <summary>Elements of a row.</summary>
    public int Width { get; } = width;

    /// <summary>Bytes of a row.</summary>
    public int RowBytes => checked(Width * Type.SizeInBytes());

    /// <summary>Bytes of the whole array.</summary>
    public long Bytes => checked((long)PlaneCount * Height * RowBytes);

    /// <summary>The array's shape: <c>[height, width]</c> or <c>[planes, height, width]</c>.</summary>
    public long[] Shape => planeCount == 0 ? [Height, Width] : [PlaneCount, Height, Width];

    /// <summary>Writes one row. Sources that scale are fastest where rows are asked for in order.</summary>
    /// <param name="plane">The plane.</param>
    /// <param name="y">The row.</param>
    /// <param name="row">Receives <see cref="RowBytes"/> bytes.</param>
    public abstract void CopyRow(int plane, int y, Span<byte> row);

    /// <summary>The whole array in memory.</summary>
    public byte[] ToArray()
    {
        var elements = new byte[checked((int)Bytes)];
        for (var row = 0; row < PlaneCount * Height; row++)
        {
            CopyRow(row / Height, row % Height, elements.AsSpan(row * RowBytes, RowBytes));
        }

        return elements;
    }

    /// <summary>Whether a row is known to equal the one above it, as most rows of an enlarged map are.</summary>
    public virtual bool RepeatsAbove(int y) => false;

    /// <summary>The whole array in one piece, where it lies in memory as it is; empty elsewhere.</summary>
    public virtual ReadOnlyMemory<byte> InOnePiece => default;
}

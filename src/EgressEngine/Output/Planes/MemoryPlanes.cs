using Egress.Models;

namespace Egress.Output.Planes;

/// <summary>An array in memory, in its own size.</summary>
public sealed class MemoryPlanes : PlaneSource
{
    private readonly ReadOnlyMemory<byte> _elements;

    /// <param name="elements">The elements, row by row, plane by plane.</param>
    /// <param name="type">Their type.</param>
    /// <param name="planeCount">Planes; 0 for an array of two dimensions.</param>
    /// <param name="height">Rows of a plane.</param>
    /// <param name="width">Elements of a row.</param>
    public MemoryPlanes(ReadOnlyMemory<byte> elements, ElementType type, int planeCount, int height, int width)
        : base(type, planeCount, height, width)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(elements.Length, Bytes, nameof(elements));
        _elements = elements;
    }

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> InOnePiece => _elements;

    /// <inheritdoc/>
    public override void CopyRow(int plane, int y, Span<byte> row) =>
        _elements.Span.Slice(checked(((plane * Height) + y) * RowBytes), RowBytes).CopyTo(row);
}

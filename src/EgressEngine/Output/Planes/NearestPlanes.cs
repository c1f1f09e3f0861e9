using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Egress.Models;

namespace Egress.Output.Planes;

/// <summary>
/// A map seen in another size, usually that of the picture it was made from. Labels are names, not amounts, so each pixel takes
/// the value of the nearest cell; nothing is mixed.
/// </summary>
public sealed class NearestPlanes : PlaneSource
{
    private readonly ReadOnlyMemory<byte> _cells;
    private readonly int _sourceHeight;
    private readonly int _sourceWidth;
    private readonly int[] _columns;

    /// <param name="cells">The map, row by row.</param>
    /// <param name="type">The type of a cell: 8 or 16 bits.</param>
    /// <param name="sourceHeight">Rows of the map.</param>
    /// <param name="sourceWidth">Columns of the map.</param>
    /// <param name="height">Rows that are seen.</param>
    /// <param name="width">Columns that are seen.</param>
    public NearestPlanes(ReadOnlyMemory<byte> cells, ElementType type, int sourceHeight, int sourceWidth, int height, int width)
        : base(type, 0, height, width)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(cells.Length, sourceHeight * sourceWidth * type.SizeInBytes(), nameof(cells));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(type.SizeInBytes(), 2, nameof(type));
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        _cells = cells;
        _sourceHeight = sourceHeight;
        _sourceWidth = sourceWidth;
        _columns = new int[width];
        for (var x = 0; x < width; x++)
        {
            _columns[x] = Nearest(x, width, sourceWidth);
        }
    }

    /// <summary>The cell under a pixel's centre: <c>floor((i + 0.5) · cells / length)</c>, in whole numbers.</summary>
    public static int Nearest(int index, int length, int cells) => (int)(((2L * index) + 1) * cells / (2L * length));

    /// <inheritdoc/>
    public override bool RepeatsAbove(int y) => y > 0 && (SourceRow(y) == SourceRow(y - 1) || Cells(y).SequenceEqual(Cells(y - 1)));

    /// <inheritdoc/>
    public override void CopyRow(int plane, int y, Span<byte> row)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(plane, 0);
        var source = Cells(y);
        if (Width == _sourceWidth)
        {
            source.CopyTo(row);
        }
        else if (Type.SizeInBytes() == 1)
        {
            Pick(source, row[..Width]);
        }
        else
        {
            Pick(MemoryMarshal.Cast<byte, ushort>(source), MemoryMarshal.Cast<byte, ushort>(row)[..Width]);
        }
    }

    private int SourceRow(int y) => Nearest(y, Height, _sourceHeight);

    private ReadOnlySpan<byte> Cells(int y)
    {
        var bytes = _sourceWidth * Type.SizeInBytes();
        return _cells.Span.Slice(SourceRow(y) * bytes, bytes);
    }

    // A run's first seconds would spend most of their time here before this is optimised.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pick<T>(ReadOnlySpan<T> source, Span<T> row)
    {
        var columns = _columns.AsSpan(0, row.Length);
        for (var x = 0; x < row.Length; x++)
        {
            row[x] = source[columns[x]];
        }
    }
}

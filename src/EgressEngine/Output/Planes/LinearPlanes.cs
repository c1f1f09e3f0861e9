using System.Numerics;
using System.Runtime.InteropServices;
using Egress.Models;

namespace Egress.Output.Planes;

/// <summary>
/// Scores seen in another size: bilinear between the centres of the four nearest cells, as torch's <c>interpolate</c> does it with
/// <c>align_corners=False</c>. Elements come out in single precision whatever the scores' own. Probabilities stay probabilities: each pixel's
/// are a mean of its neighbours'.
/// </summary>
public sealed class LinearPlanes : PlaneSource
{
    private readonly PlaneSource _cells;
    private readonly int[] _left;
    private readonly int[] _right;
    private readonly float[] _share;
    private readonly byte[] _bytes;
    private readonly float[] _source;

    // Two rows of cells, stretched to the new width; which ones they are: plane × height + row, or -1.
    private readonly float[][] _stretched;
    private readonly long[] _stretchedRow = [-1, -1];

    /// <param name="cells">The scores in their own size.</param>
    /// <param name="height">Rows that are seen.</param>
    /// <param name="width">Columns that are seen.</param>
    public LinearPlanes(PlaneSource cells, int height, int width)
        : base(ElementType.Float32, cells?.PlaneCount ?? 0, height, width)
    {
        ArgumentNullException.ThrowIfNull(cells);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        _cells = cells;
        _left = new int[width];
        _right = new int[width];
        _share = new float[width];
        _bytes = new byte[cells.RowBytes];
        _source = new float[cells.Width];
        _stretched = [new float[width], new float[width]];
        for (var x = 0; x < width; x++)
        {
            (_left[x], _right[x], _share[x]) = Neighbours(x, width, cells.Width);
        }
    }

    /// <inheritdoc/>
    public override void CopyRow(int plane, int y, Span<byte> row)
    {
        var (above, below, share) = Neighbours(y, Height, _cells.Height);
        var first = Stretched(plane, above, keep: -1);
        var second = Stretched(plane, below, keep: ((long)plane * _cells.Height) + above);
        Mix(first, second, share, MemoryMarshal.Cast<byte, float>(row)[..Width]);
    }

    private static (int Low, int High, float Share) Neighbours(int index, int length, int cells)
    {
        var place = Math.Max(0, ((index + 0.5) * cells / length) - 0.5);
        var low = Math.Min((int)place, cells - 1);
        return (low, Math.Min(low + 1, cells - 1), (float)(place - low));
    }

    private static void Mix(ReadOnlySpan<float> first, ReadOnlySpan<float> second, float share, Span<float> row)
    {
        var x = 0;
        var factor = new Vector<float>(share);
        for (; x <= row.Length - Vector<float>.Count; x += Vector<float>.Count)
        {
            var start = new Vector<float>(first[x..]);
            (start + (factor * (new Vector<float>(second[x..]) - start))).CopyTo(row[x..]);
        }

        for (; x < row.Length; x++)
        {
            row[x] = first[x] + (share * (second[x] - first[x]));
        }
    }

    private float[] Stretched(int plane, int y, long keep)
    {
        var wanted = ((long)plane * _cells.Height) + y;
        var slot = Array.IndexOf(_stretchedRow, wanted);
        if (slot >= 0)
        {
            return _stretched[slot];
        }

        // The row that is still needed stays; of two that are not, the newer one may be needed again.
        slot = _stretchedRow[0] == keep ? 1 : _stretchedRow[1] == keep || _stretchedRow[0] < _stretchedRow[1] ? 0 : 1;
        _cells.CopyRow(plane, y, _bytes);
        Scores.Widen(_cells.Type, _bytes, _source);
        var row = _stretched[slot];
        for (var x = 0; x < row.Length; x++)
        {
            var start = _source[_left[x]];
            row[x] = start + (_share[x] * (_source[_right[x]] - start));
        }

        _stretchedRow[slot] = wanted;
        return row;
    }
}

using System.Numerics;
using Egress.Models;
using Egress.Output.Planes;

namespace Egress.Segmentation.Tiles;

/// <summary>
/// Makes one picture's scores of its tiles' scores. Tiles come in order; of those before, only what still has to fade into others is
/// kept: a strip along the bottom of a row of tiles, and one along the right of the last tile. Where two tiles have the
/// same score, the picture has exactly that score.
/// </summary>
internal sealed class TileBlender
{
    private readonly TileGrid _grid;
    private readonly int _classes;
    private readonly ElementType _type;
    private readonly IScoreSink _sink;

    // Scores that the next tile of the row fades out: [row of the tile, class, column of the fade]. And those that the next row of tiles does:
    // [row of the fade, class, column of the picture].
    private readonly float[] _right;
    private readonly float[] _bottom;
    private readonly int _fadeWidth;
    private readonly float[] _row;
    private readonly float[] _shares;

    /// <param name="grid">The picture's tiles.</param>
    /// <param name="classes">Classes that there are scores of.</param>
    /// <param name="type">The scores' type.</param>
    /// <param name="sink">Takes the picture's scores.</param>
    public TileBlender(TileGrid grid, int classes, ElementType type, IScoreSink sink)
    {
        _grid = grid;
        _classes = classes;
        _type = type;
        _sink = sink;
        _fadeWidth = Widest(grid.Columns);
        _right = new float[checked(Math.Min(grid.TileSize, grid.Rows.Length) * classes * _fadeWidth)];
        _bottom = new float[checked(Widest(grid.Rows) * classes * grid.Columns.Length)];
        _row = new float[classes * grid.TileSize];
        _shares = new float[Math.Max(1, _fadeWidth)];
    }

    /// <summary>The most scores that one of a picture's strips has.</summary>
    public static long FadingElements(TileGrid grid, int classes) => Math.Max(
        (long)Math.Min(grid.TileSize, grid.Rows.Length) * classes * Widest(grid.Columns),
        (long)Widest(grid.Rows) * classes * grid.Columns.Length);

    /// <summary>Tiles that were added.</summary>
    public int Added { get; private set; }

    /// <summary>Bytes that the strips take.</summary>
    public long Bytes => sizeof(float) * ((long)_right.Length + _bottom.Length + _row.Length);

    /// <summary>Adds the next tile.</summary>
    /// <param name="scores">Its scores: <c>[classes, side, side]</c>.</param>
    public void Add(ReadOnlySpan<byte> scores)
    {
        var (tileRow, tileColumn) = Math.DivRem(Added, _grid.Columns.Count);
        var (columns, rows) = (_grid.Columns, _grid.Rows);
        var left = columns.FadeStart(tileColumn);
        var done = columns.FadeStart(tileColumn + 1);
        for (var y = rows.FadeStart(tileRow); y < rows.FadeEnd(tileRow + 1); y++)
        {
            // Across first: the row as this row of tiles has it, as far as it is settled.
            ReadRow(scores, tileColumn, y - rows.Start(tileRow), left, done);
            KeepRight(scores, tileColumn, y - rows.Start(tileRow));

            // Then down.
            var row = _row.AsSpan(0, _classes * (done - left));
            if (y < rows.FadeEnd(tileRow) && tileRow > 0)
            {
                FadeDown(row, tileRow, y, left, done);
            }

            if (y >= rows.FadeStart(tileRow + 1))
            {
                KeepBottom(row, y - rows.FadeStart(tileRow + 1), left, done);
            }
            else if (done > left)
            {
                _sink.Write(y, left, done - left, row);
            }
        }

        Added++;
    }

    private static int Widest(TileAxis axis) =>
        axis.Count == 1 ? 0 : Enumerable.Range(1, axis.Count - 1).Max(tile => axis.FadeEnd(tile) - axis.FadeStart(tile));

    /// <summary>Puts the tile's scores into the row, faded in where the tile before it fades out.</summary>
    private void ReadRow(ReadOnlySpan<byte> scores, int tile, int tileY, int left, int done)
    {
        var fading = _grid.Columns.FadeEnd(tile) - left;
        for (var i = 0; i < fading; i++)
        {
            _shares[i] = _grid.Columns.Share(tile, left + i);
        }

        for (var label = 0; label < _classes; label++)
        {
            var row = _row.AsSpan(label * (done - left), done - left);
            CopyScores(scores, label, tileY, left - _grid.Columns.Start(tile), row);
            var before = _right.AsSpan(((tileY * _classes) + label) * _fadeWidth, fading);
            for (var i = 0; i < fading; i++)
            {
                row[i] = before[i] + (_shares[i] * (row[i] - before[i]));
            }
        }
    }

    private void KeepRight(ReadOnlySpan<byte> scores, int tile, int tileY)
    {
        var from = _grid.Columns.FadeStart(tile + 1);
        var width = _grid.Columns.FadeEnd(tile + 1) - from;
        for (var label = 0; width > 0 && label < _classes; label++)
        {
            CopyScores(
                scores, label, tileY, from - _grid.Columns.Start(tile), _right.AsSpan(((tileY * _classes) + label) * _fadeWidth, width));
        }
    }

    private void FadeDown(Span<float> row, int tile, int y, int left, int done)
    {
        var share = _grid.Rows.Share(tile, y);
        var width = done - left;
        for (var label = 0; label < _classes; label++)
        {
            Fade(Bottom(y - _grid.Rows.FadeStart(tile), label, left, width), row.Slice(label * width, width), share);
        }
    }

    private static void Fade(ReadOnlySpan<float> before, Span<float> after, float share)
    {
        var i = 0;
        for (; i <= after.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var start = new Vector<float>(before[i..]);
            (start + (share * (new Vector<float>(after[i..]) - start))).CopyTo(after[i..]);
        }

        for (; i < after.Length; i++)
        {
            after[i] = before[i] + (share * (after[i] - before[i]));
        }
    }

    // The rows that fade next are kept where those that have just faded were: the same columns of an earlier row of tiles.
    private void KeepBottom(ReadOnlySpan<float> row, int fadeY, int left, int done)
    {
        var width = done - left;
        for (var label = 0; label < _classes; label++)
        {
            row.Slice(label * width, width).CopyTo(Bottom(fadeY, label, left, width));
        }
    }

    private Span<float> Bottom(int fadeY, int label, int left, int width) =>
        _bottom.AsSpan((((fadeY * _classes) + label) * _grid.Columns.Length) + left, width);

    private void CopyScores(ReadOnlySpan<byte> scores, int label, int tileY, int tileX, Span<float> target)
    {
        var size = _type.SizeInBytes();
        var first = ((((long)label * _grid.TileSize) + tileY) * _grid.TileSize) + tileX;
        Scores.Widen(_type, scores.Slice(checked((int)(first * size)), target.Length * size), target);
    }
}

using System.Runtime.InteropServices;
using Egress.Input;
using Egress.Models;
using Egress.Segmentation.Tiles;

namespace Egress.Tests.Segmentation.Tiles;

public class TileBlenderTests
{
    private const int Classes = 3;

    public static TheoryData<int, int, int, int> Cases => new()
    {
        { 40, 30, 16, 8 }, { 100, 64, 16, 4 }, { 16, 16, 16, 8 }, { 7, 5, 16, 4 }, { 33, 16, 16, 8 }, { 16, 50, 16, 0 }, { 129, 71, 32, 13 }, { 5, 90, 16, 6 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Where_tiles_agree_the_picture_has_exactly_their_scores(int width, int height, int tile, int overlap)
    {
        var grid = Grid(width, height, tile, overlap);
        var sink = Blend(grid, (tileRow, tileColumn) => Tile(grid, tileRow, tileColumn, Score));

        Assert.Equal(Whole(width, height, Score), sink.Scores);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Where_tiles_differ_each_has_its_share(int width, int height, int tile, int overlap)
    {
        var grid = Grid(width, height, tile, overlap);
        float Own(int row, int column, int y, int x, int label) => Score(y, x, label) + (100 * row) + (7 * column);

        var sink = Blend(grid, (row, column) => Tile(grid, row, column, (y, x, label) => Own(row, column, y, x, label)));

        for (var y = 0; y < height; y++)
        {
            var rows = Shares(grid.Rows, y);
            for (var x = 0; x < width; x++)
            {
                var columns = Shares(grid.Columns, x);
                for (var label = 0; label < Classes; label++)
                {
                    var expected = rows.Sum(row => columns.Sum(column => row.Share * column.Share * Own(row.Tile, column.Tile, y, x, label)));
                    Assert.Equal(expected, sink.Scores[(((label * height) + y) * width) + x], 0.01f);
                }
            }
        }
    }

    [Theory]
    [InlineData(16, 8, 2)]
    [InlineData(32, 16, 4)]
    [InlineData(32, 13, 3)]
    public void A_model_that_sees_no_farther_than_a_quarter_of_the_overlap_makes_the_same_of_tiles(int tile, int overlap, int radius)
    {
        // A mean over a window, which takes nothing for pixels that it is not shown, as a convolution's padding does.
        const int Width = 101, Height = 77;
        float Seen(int y, int x, int label, int top, int left, int bottom, int right)
        {
            var sum = 0.0;
            for (var v = y - radius; v <= y + radius; v++)
            {
                for (var u = x - radius; u <= x + radius; u++)
                {
                    sum += v < top || u < left || v >= bottom || u >= right ? 0 : Score(v, u, label);
                }
            }

            return (float)(sum / ((2 * radius) + 1) / ((2 * radius) + 1));
        }

        var grid = Grid(Width, Height, tile, overlap);
        var sink = Blend(grid, (row, column) => Tile(
            grid, row, column,
            (y, x, label) => Seen(y, x, label, grid.Rows.Start(row), grid.Columns.Start(column), grid.Rows.End(row), grid.Columns.End(column))));

        Assert.Equal(Whole(Width, Height, (y, x, label) => Seen(y, x, label, 0, 0, Height, Width)), sink.Scores);

        // One pixel farther, and it shows: the margin is no larger than it says.
        radius = (overlap / 4) + (overlap / 2) + 2;
        var far = Blend(grid, (row, column) => Tile(
            grid, row, column,
            (y, x, label) => Seen(y, x, label, grid.Rows.Start(row), grid.Columns.Start(column), grid.Rows.End(row), grid.Columns.End(column))));
        Assert.NotEqual(Whole(Width, Height, (y, x, label) => Seen(y, x, label, 0, 0, Height, Width)), far.Scores);
    }

    [Theory]
    [InlineData(ElementType.Float16)]
    [InlineData(ElementType.BFloat16)]
    public void Scores_may_have_half_precision(ElementType type)
    {
        var grid = Grid(50, 40, 16, 8);
        static float Small(int y, int x, int label) => ((y * 3) + (x * 5) + label) % 16;

        var sink = Blend(grid, (row, column) => Narrow(type, Tile(grid, row, column, Small)), type);

        Assert.Equal(Whole(50, 40, Small), sink.Scores);
    }

    [Fact]
    public void Only_strips_of_the_picture_are_kept()
    {
        static long Bytes(int width, int height) =>
            new TileBlender(Grid(width, height, 512, 128), 21, ElementType.Float32, new RecordingSink(1, 1)).Bytes;

        // 64 rows of the picture, 64 columns of a tile, and a row of a tile: 21 scores of 4 bytes each.
        Assert.Equal(4 * 21 * ((64L * 10_000) + (64 * 512) + 512), Bytes(10_000, 10_000));
        Assert.Equal(Bytes(10_000, 10_000), Bytes(10_000, 1_000_000));
    }

    private static float Score(int y, int x, int label) => (float)Math.Sin((y * 0.37) + (x * 0.91) + (label * 1.7)) * 5;

    private static TileGrid Grid(int width, int height, int tile, int overlap) => new(new PictureInfo(width, height), new TileOptions(tile, overlap));

    private static List<(int Tile, double Share)> Shares(TileAxis axis, int pixel)
    {
        var tile = Enumerable.Range(0, axis.Count).Last(tile => axis.FadeStart(tile) <= pixel);
        if (pixel >= axis.FadeEnd(tile))
        {
            return [(tile, 1)];
        }

        double share = axis.Share(tile, pixel);
        return [(tile - 1, 1 - share), (tile, share)];
    }

    private static RecordingSink Blend(TileGrid grid, Func<int, int, byte[]> tile, ElementType type = ElementType.Float32)
    {
        var sink = new RecordingSink(grid.Columns.Length, grid.Rows.Length);
        var blender = new TileBlender(grid, Classes, type, sink);
        for (var i = 0; i < grid.Count; i++)
        {
            blender.Add(tile(i / grid.Columns.Count, i % grid.Columns.Count));
        }

        Assert.Equal(grid.Count, blender.Added);
        sink.AssertComplete();
        return sink;
    }

    private static byte[] Tile(TileGrid grid, int row, int column, Func<int, int, int, float> score)
    {
        var side = grid.TileSize;
        var scores = new float[Classes * side * side];
        for (var i = 0; i < scores.Length; i++)
        {
            scores[i] = score(grid.Rows.Start(row) + (i / side % side), grid.Columns.Start(column) + (i % side), i / side / side);
        }

        return MemoryMarshal.AsBytes<float>(scores).ToArray();
    }

    private static byte[] Narrow(ElementType type, byte[] scores) =>
        [.. MemoryMarshal.Cast<byte, float>(scores).ToArray().SelectMany(score => type == ElementType.Float16
            ? BitConverter.GetBytes((Half)score)
            : BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(score) >> 16)))];

    private static float[] Whole(int width, int height, Func<int, int, int, float> score) =>
        [.. Enumerable.Range(0, Classes * width * height).Select(i => score(i / width % height, i % width, i / width / height))];

    private sealed class RecordingSink(int width, int height) : IScoreSink
    {
        private readonly int[] _written = new int[width * height];

        public float[] Scores { get; } = new float[Classes * width * height];

        public void Write(int y, int x, int count, Span<float> scores)
        {
            for (var i = 0; i < count; i++)
            {
                _written[(y * width) + x + i]++;
                for (var label = 0; label < Classes; label++)
                {
                    Scores[(((label * height) + y) * width) + x + i] = scores[(label * count) + i];
                }
            }
        }

        public void AssertComplete() => Assert.All(_written, times => Assert.Equal(1, times));
    }
}

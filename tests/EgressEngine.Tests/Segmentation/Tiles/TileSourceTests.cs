using Egress.Input;
using Egress.Segmentation.Tiles;

namespace Egress.Tests.Segmentation.Tiles;

public class TileSourceTests
{
    private const int Tile = 16;

    [Theory]
    [InlineData(50, 90, 8, 1)]
    [InlineData(50, 90, 8, 4)]
    [InlineData(16, 300, 4, 8)]
    [InlineData(5, 7, 4, 2)]
    [InlineData(200, 9, 0, 3)]
    public void Each_tile_has_its_pixels_whichever_loader_copies_it(int width, int height, int overlap, int loaders)
    {
        var grid = new TileGrid(new PictureInfo(width, height), new TileOptions(Tile, overlap));
        var rows = new CountedRows(width, height);
        using var source = new TileSource(grid, () => rows);

        // As the pipeline does it: loaders take the next tile, and overtake each other with the rest of the work.
        var next = -1;
        var threads = Enumerable.Range(0, loaders).Select(loader => Bounded.Start("a loader", () =>
        {
            var random = new Random(loader);
            var slot = new byte[Tile * Tile * 3];
            while (Interlocked.Increment(ref next) is var tile && tile < grid.Count)
            {
                Thread.SpinWait(random.Next(2000));
                source.CopyTile(tile, slot, CancellationToken.None);
                AssertTile(grid, tile, slot);
            }
        })).ToList();
        threads.ForEach(thread => thread.Join());

        Assert.Equal((height, 1), (rows.Next, rows.Disposals));
    }

    [Fact]
    public void Rows_are_kept_for_two_rows_of_tiles()
    {
        static long Bytes(int height) => new TileSource(
            new TileGrid(new PictureInfo(1000, height), new TileOptions(512, 128)), () => throw new InvalidOperationException()).Bytes;

        Assert.Equal(2L * 512 * 1000 * 3, Bytes(10_000));
        Assert.Equal(Bytes(10_000), Bytes(1_000_000));
        Assert.Equal(600L * 1000 * 3, Bytes(600));
    }

    [Fact]
    public void A_tile_two_rows_further_waits_for_the_rows_before_and_ends_with_the_run()
    {
        var grid = new TileGrid(new PictureInfo(40, 100), new TileOptions(Tile, 0));
        using var source = new TileSource(grid, () => new CountedRows(40, 100));
        using var stop = new CancellationTokenSource();
        var slot = new byte[Tile * Tile * 3];
        var third = 2 * grid.Columns.Count;
        var isDone = false;
        var waiting = Bounded.Start("the loader that waits", () =>
        {
            Assert.Throws<OperationCanceledException>(() => source.CopyTile(third, new byte[Tile * Tile * 3], stop.Token));
            Volatile.Write(ref isDone, true);
        });

        source.CopyTile(0, slot, CancellationToken.None);
        source.CopyTile(1, slot, CancellationToken.None);
        Thread.Sleep(120);
        Assert.False(Volatile.Read(ref isDone), "the rows of the first tiles were given up before all of them were copied");
        stop.Cancel();
        waiting.Join();
    }

    /// <summary>A narrow picture has one tile a row, so that a loader that is slow with one is soon several rows behind.</summary>
    [Fact]
    public void A_tile_that_its_loader_has_not_copied_yet_keeps_its_rows_whatever_the_others_have()
    {
        var grid = new TileGrid(new PictureInfo(Tile, 20 * Tile), new TileOptions(Tile, 0));
        using var source = new TileSource(grid, () => new CountedRows(Tile, 20 * Tile));
        var slot = new byte[Tile * Tile * 3];
        source.CopyTile(1, slot, CancellationToken.None);
        var isDone = false;
        var ahead = Bounded.Start("the loader that is ahead", () =>
        {
            source.CopyTile(3, new byte[Tile * Tile * 3], CancellationToken.None);
            Volatile.Write(ref isDone, true);
        });

        Thread.Sleep(120);
        Assert.False(Volatile.Read(ref isDone), "the first tile's rows were given up before it was copied");
        foreach (var late in new[] { 0, 2 })
        {
            source.CopyTile(late, slot, CancellationToken.None);
            AssertTile(grid, late, slot);
        }

        ahead.Join();
    }

    [Fact]
    public void A_picture_that_turns_out_bad_fails_this_tile_and_all_after_it()
    {
        var grid = new TileGrid(new PictureInfo(40, 100), new TileOptions(Tile, 0));
        using var source = new TileSource(grid, () => new CountedRows(40, 100, damagedFrom: 20));
        var slot = new byte[Tile * Tile * 3];
        source.CopyTile(0, slot, CancellationToken.None);
        Assert.False(source.HasFailed);

        var first = Assert.Throws<ItemException>(() => source.CopyTile(grid.Columns.Count, slot, CancellationToken.None));
        var last = Assert.Throws<ItemException>(() => source.CopyTile(grid.Count - 1, slot, CancellationToken.None));

        Assert.Equal(EgressErrorId.PictureDamaged, first.ErrorId);
        Assert.Same(first, last);
        Assert.True(source.HasFailed);
    }

    private static byte Pixel(int y, int x, int band) => (byte)((y * 31) + (x * 7) + band);

    private static void AssertTile(TileGrid grid, int tile, byte[] slot)
    {
        var top = grid.Rows.Start(tile / grid.Columns.Count);
        var left = grid.Columns.Start(tile % grid.Columns.Count);
        for (var i = 0; i < slot.Length; i++)
        {
            var y = Math.Min(top + (i / 3 / Tile), grid.Rows.Length - 1);
            var x = Math.Min(left + (i / 3 % Tile), grid.Columns.Length - 1);
            if (slot[i] != Pixel(y, x, i % 3))
            {
                Assert.Fail($"Tile {tile} has {slot[i]} instead of {Pixel(y, x, i % 3)} at {x}, {y}.");
            }
        }
    }

    private sealed class CountedRows(int width, int height, int damagedFrom = int.MaxValue) : IPictureRows
    {
        public int Next { get; private set; }

        public int Disposals { get; private set; }

        public PictureInfo Info => new(width, height);

        public void Read(Span<byte> rows)
        {
            for (var i = 0; i < rows.Length; i++)
            {
                rows[i] = Pixel(Next + (i / 3 / width), i / 3 % width, i % 3);
            }

            Next += rows.Length / 3 / width;
            Assert.True(Next <= height);
            if (Next > damagedFrom)
            {
                throw new ItemException(EgressErrorId.PictureDamaged, EgressErrorCategory.InvalidData, "damaged", "advice");
            }
        }

        public void Dispose() => Disposals++;
    }
}

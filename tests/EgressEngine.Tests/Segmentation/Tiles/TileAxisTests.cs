using Egress.Segmentation.Tiles;

namespace Egress.Tests.Segmentation.Tiles;

public class TileAxisTests
{
    public static TheoryData<int, int, int> Cases
    {
        get
        {
            var data = new TheoryData<int, int, int>();
            foreach (var (tile, overlap) in new[] { (16, 0), (16, 1), (16, 4), (16, 8), (17, 8), (64, 32), (64, 16) })
            {
                foreach (var length in new[] { 1, 15, 16, 17, 18, 31, 32, 33, 47, 100, 129, 1000 })
                {
                    data.Add(length, tile, overlap);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Tiles_cover_the_picture_and_start_at_multiples_of_the_stride(int length, int tile, int overlap)
    {
        var axis = new TileAxis(length, new TileOptions(tile, overlap));

        Assert.Equal(0, axis.Start(0));
        Assert.Equal(length, axis.End(axis.Count - 1));
        for (var i = 0; i < axis.Count; i++)
        {
            Assert.Equal(Math.Min(tile, length), axis.End(i) - axis.Start(i));
            if (i < axis.Count - 1)
            {
                Assert.Equal(i * (tile - overlap), axis.Start(i));
                Assert.True(axis.End(i) - axis.Start(i + 1) >= overlap, "neighbours overlap by less than was asked for");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void At_most_two_tiles_count_at_a_point_and_both_cover_it_with_a_margin(int length, int tile, int overlap)
    {
        var axis = new TileAxis(length, new TileOptions(tile, overlap));

        Assert.Equal((0, length), (axis.FadeStart(0), axis.FadeEnd(axis.Count)));
        for (var i = 1; i < axis.Count; i++)
        {
            Assert.Equal(overlap / 2, axis.FadeEnd(i) - axis.FadeStart(i));
            Assert.True(axis.FadeEnd(i - 1) <= axis.FadeStart(i), $"fades {i - 1} and {i} meet");

            // What the model does not see of the picture lies at least a quarter of the overlap away from every pixel that counts.
            Assert.True(axis.FadeStart(i) - axis.Start(i) >= overlap / 4, "the later tile has no margin");
            Assert.True(axis.End(i - 1) - axis.FadeEnd(i) >= overlap / 4, "the earlier tile has no margin");
        }
    }

    [Fact]
    public void The_later_tiles_share_rises_evenly_from_both_ends()
    {
        var axis = new TileAxis(100, new TileOptions(32, 16));
        var shares = Enumerable.Range(axis.FadeStart(1), 8).Select(pixel => axis.Share(1, pixel)).ToArray();

        Assert.Equal(shares.Order(), shares);
        Assert.InRange(shares[0], 0, 0.02f);
        for (var i = 0; i < 8; i++)
        {
            Assert.Equal(1, shares[i] + shares[7 - i], 1e-6f);
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(16, -1)]
    [InlineData(16, 9)]
    public void Numbers_without_sense_are_refused(int tile, int overlap)
    {
        var error = Assert.Throws<EgressException>(() => new TileAxis(100, new TileOptions(tile, overlap)));
        Assert.Equal((EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument), (error.ErrorId, error.Category));
        Assert.Contains("-TileOverlap", error.Advice, StringComparison.Ordinal);
    }
}

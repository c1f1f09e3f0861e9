using System.Globalization;
using Egress.Input;

namespace Egress.Tests.Input;

public sealed class ShardAssignmentTests
{
    [Theory]
    [InlineData("cat", 16, 3)]
    [InlineData("synthetic-000000", 16, 12)]
    [InlineData("größe", 7, 2)]
    public void The_division_is_the_documented_one(string key, int count, int shard)
    {
        // By another program: int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % count
        Assert.Equal(shard, ShardAssignment.ShardOf(key, count));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(100)]
    public void Each_key_is_one_shards_and_the_shards_are_balanced(int count)
    {
        const int Keys = 100_000;
        var sizes = new int[count];
        for (var i = 0; i < Keys; i++)
        {
            sizes[ShardAssignment.ShardOf(string.Create(CultureInfo.InvariantCulture, $"IMG_{i:D7}"), count)]++;
        }

        // Neighbouring names, as cameras give them. Six standard deviations of a fair division; the keys are fixed, so is the outcome.
        var fair = (double)Keys / count;
        var tolerance = 6 * Math.Sqrt(fair * (1 - (1.0 / count)));
        Assert.Equal(Keys, sizes.Sum());
        Assert.All(sizes, size => Assert.InRange(size, fair - tolerance, fair + tolerance));
    }

    [Fact]
    public void Each_key_is_owned_once()
    {
        var shards = Enumerable.Range(0, 5).Select(index => ShardAssignment.Of(index, 5, "test")).ToList();
        for (var i = 0; i < 1000; i++)
        {
            Assert.Single(shards, shard => shard.Owns($"picture {i}"));
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 3)]
    [InlineData(-1, 2)]
    public void A_shard_that_cannot_be_is_refused(int index, int count)
    {
        var error = Assert.Throws<EgressException>(() => ShardAssignment.Of(index, count, "test"));
        Assert.Equal((EgressErrorId.ShardInvalid, EgressErrorCategory.InvalidArgument), (error.ErrorId, error.Category));
    }
}

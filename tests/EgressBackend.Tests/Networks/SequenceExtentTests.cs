using Egress.Backend.Networks;

namespace Egress.Backend.Tests.Networks;

public sealed class SequenceExtentTests
{
    [Theory]
    [InlineData(3, 3, 3, true)]
    [InlineData(20, 20, 20, true)]
    [InlineData(0, 1, 8, false)]
    [InlineData(1, 8, 8, false)]
    [InlineData(1, 9, 16, false)]
    [InlineData(1, 17, 20, false)]
    public void A_batch_is_padded_no_further_than_its_longest_sequence_needs(int shortest, int longest, int tokens, bool isFull)
    {
        var extent = SequenceExtent.For(shortest, longest, room: 20);

        Assert.Equal(new SequenceExtent(tokens, isFull), extent);
        Assert.Equal(extent, SequenceExtent.Of(extent.ToNumber(), room: 20));
    }

    [Fact]
    public void Nothing_measured_is_all_the_room_with_padding() => Assert.Equal(new SequenceExtent(20, false), SequenceExtent.Of(0, room: 20));
}

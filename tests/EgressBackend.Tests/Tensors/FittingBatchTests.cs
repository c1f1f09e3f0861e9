using Egress.Backend.Tensors;

namespace Egress.Backend.Tests.Tensors;

public sealed class FittingBatchTests
{
    /// <summary>Every size that fails, every size that fits: never one that does not, and within an eighth of the largest.</summary>
    [Fact]
    public void The_size_found_fits_and_is_near_the_largest_that_does()
    {
        for (var failed = 1; failed <= 130; failed++)
        {
            for (var largest = 0; largest < failed; largest++)
            {
                var trials = 0;
                var found = FittingBatch.Find(failed, size =>
                {
                    trials++;
                    Assert.InRange(size, 1, failed - 1);
                    return size <= largest;
                });

                Assert.InRange(found, Math.Min(largest, 1), largest);
                Assert.True(largest - found <= Math.Max(0, found / 8), $"{failed} failed, {largest} fits, {found} was found");
                Assert.InRange(trials, 0, 3 + (2 * int.Log2(failed)));
            }
        }
    }

    [Fact]
    public void A_size_that_fits_no_more_after_larger_ones_were_tried_is_not_named()
    {
        var crowded = false;
        var found = FittingBatch.Find(256, size =>
        {
            crowded |= size is > 32 and < 64;
            return size < 32 || (size == 32 && !crowded);
        });

        Assert.Equal(16, found);
    }
}

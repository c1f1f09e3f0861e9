namespace Egress.Backend.Tests;

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
                Assert.InRange(trials, 0, 2 * (1 + int.Log2(failed)));
            }
        }
    }
}

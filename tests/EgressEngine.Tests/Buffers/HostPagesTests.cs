using Egress.Buffers;

namespace Egress.Tests.Buffers;

public sealed class HostPagesTests
{
    private const long Mebibyte = 1 << 20;

    [Theory]
    [InlineData(1, 16, 1)]
    [InlineData(127, 16, 1)]
    [InlineData(255, 16, 1)]
    [InlineData(256, 16, 2)]
    [InlineData(1344, 16, 8)]
    [InlineData(1344, 4, 4)]
    [InlineData(1344, 1, 1)]
    [InlineData(1 << 20, 256, 8)]
    public void Threads_are_taken_by_size_and_by_processors(long mebibytes, int processors, int expected) =>
        Assert.Equal(expected, HostPages.SliceCount((nint)(mebibytes * Mebibyte), processors));

    [Theory]
    [InlineData(0x7f00_0000_0000, 1344 * Mebibyte, 8)]
    [InlineData(0x7f00_0000_1000, (300 * Mebibyte) + 4096, 2)]
    [InlineData(0x7f00_001f_f000, 1000 * Mebibyte, 7)]
    public void Slices_are_the_range_without_gap_or_overlap_and_share_no_huge_page(long address, long length, int count)
    {
        var end = address;
        for (var index = 0; index < count; index++)
        {
            var slice = HostPages.Slice((nint)address, (nint)length, count, index);
            Assert.Equal(end, slice.Start);
            Assert.True(slice.End > slice.Start);
            if (index > 0)
            {
                Assert.Equal(0, slice.Start % (2 * Mebibyte));
            }

            end = slice.End;
        }

        Assert.Equal(address + length, end);
    }
}

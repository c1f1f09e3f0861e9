using System.Runtime.InteropServices;
using Egress.Buffers;

namespace Egress.Tests.Buffers;

public sealed partial class HostBlockTests
{
    private static readonly int s_pageSize = Environment.SystemPageSize;

    [Theory]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(10_000_001)]
    public void A_block_has_the_size_that_was_asked_for_on_whole_pages(long bytes)
    {
        foreach (var kind in (HostMemoryKind[])[HostMemoryKind.Fresh, HostMemoryKind.Pageable])
        {
            var before = HostMemory.HeldBytes;
            using var block = HostBlock.Allocate(bytes, kind);

            Assert.Equal((bytes, kind), (block.Bytes, block.Kind));
            Assert.Equal(0, block.Address % s_pageSize);
            Assert.Equal((bytes + s_pageSize - 1) / s_pageSize * s_pageSize, HostMemory.HeldBytes - before);
            Assert.Equal(0, block.Span(bytes - 1, 1)[0]);
            block.Span(bytes - 1, 1)[0] = 1;
            Assert.Equal(1, block.Span(bytes - 1, 1)[0]);
        }
    }

    [Fact]
    public void Fresh_memory_is_not_resident_and_pageable_memory_is()
    {
        const long Bytes = 64 << 20;
        using var fresh = HostBlock.Allocate(Bytes, HostMemoryKind.Fresh);
        using var pageable = HostBlock.Allocate(Bytes, HostMemoryKind.Pageable);

        Assert.Equal(0, ResidentPages(fresh));
        Assert.Equal(Bytes / s_pageSize, ResidentPages(pageable));
        fresh.Span(0, 1)[0] = 1;
        Assert.InRange(ResidentPages(fresh), 1, 512);
    }

    [Fact]
    public void A_block_that_several_threads_make_resident_is_resident_to_its_last_page()
    {
        const long Bytes = (300L << 20) + 12345;
        using var block = HostBlock.Allocate(Bytes, HostMemoryKind.Pageable);

        Assert.Equal((Bytes + s_pageSize - 1) / s_pageSize, ResidentPages(block));
    }

    [Fact]
    public void Memory_beyond_two_gibibytes_is_addressed()
    {
        const long Bytes = 3L << 30;
        using var block = HostBlock.Allocate(Bytes, HostMemoryKind.Fresh);
        var last = block.Span(Bytes - 8, 8);
        var first = block.Span(0, 8);
        last.Fill(0xAB);

        Assert.Equal(0, first[0]);
        Assert.Equal(0xAB, block.Span((1L << 31) + (1L << 30) - 1, 1)[0]);
        Assert.Equal(int.MaxValue, block.Span(Bytes - int.MaxValue, int.MaxValue).Length);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(0, 101)]
    [InlineData(100, 1)]
    [InlineData(101, 0)]
    [InlineData(long.MaxValue, 1)]
    public void A_span_beyond_the_block_is_refused(long offset, int length)
    {
        using var block = HostBlock.Allocate(100, HostMemoryKind.Pageable);

        Assert.Throws<ArgumentOutOfRangeException>(() => block.Span(offset, length).Length);
    }

    [Theory]
    [InlineData(1L << 50)]
    [InlineData(long.MaxValue)]
    public void More_memory_than_there_is_is_an_error_with_advice(long bytes)
    {
        foreach (var kind in (HostMemoryKind[])[HostMemoryKind.Fresh, HostMemoryKind.Pageable])
        {
            var before = (HostMemory.HeldBytes, HostMemory.HeldBlocks);

            var error = Assert.Throws<EgressException>(() => HostBlock.Allocate(bytes, kind));

            Assert.Equal((EgressErrorId.HostMemoryExhausted, EgressErrorCategory.ResourceUnavailable), (error.ErrorId, error.Category));
            Assert.Contains("-BufferCount", error.Advice, StringComparison.Ordinal);
            Assert.Equal(before, (HostMemory.HeldBytes, HostMemory.HeldBlocks));
        }
    }

    [Fact]
    public void Misuse_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => HostBlock.Allocate(0, HostMemoryKind.Fresh));
        Assert.Throws<ArgumentOutOfRangeException>(() => HostBlock.Allocate(1, HostMemoryKind.Pinned));
    }

    [Fact]
    public void What_is_held_is_balanced_after_many_blocks_on_many_threads()
    {
        var before = (HostMemory.HeldBytes, HostMemory.HeldBlocks);
        Parallel.For(0, 4, worker =>
        {
            var random = new Random(worker);
            var blocks = new List<HostBlock>();
            for (var i = 0; i < 200; i++)
            {
                blocks.Add(HostBlock.Allocate(random.Next(1, 100_000), (HostMemoryKind)random.Next(2)));
                if (random.Next(2) == 0)
                {
                    blocks[random.Next(blocks.Count)].Dispose();
                }
            }

            blocks.ForEach(block => block.Dispose());
        });

        Assert.Equal(before, (HostMemory.HeldBytes, HostMemory.HeldBlocks));
    }

    [Fact]
    public void A_disposed_block_has_no_address_and_no_content()
    {
        var block = HostBlock.Allocate(10, HostMemoryKind.Pageable);
        block.Dispose();
        block.Dispose();

        Assert.Throws<ObjectDisposedException>(() => block.Address);
        Assert.Throws<ObjectDisposedException>(() => block.Span(0, 1).Length);
    }

    [Fact]
    public void Pinning_sees_resident_memory_and_unpinning_comes_first()
    {
        var calls = new List<string>();
        var block = HostBlock.AllocatePinned(
            5000,
            (address, length) =>
            {
                calls.Add($"pin {length}");
                Assert.Equal(2, ResidentPages(address, length));
            },
            address =>
            {
                calls.Add("unpin");
                Assert.Equal(2, ResidentPages(address, 2 * s_pageSize));
            });
        block.Dispose();
        block.Dispose();

        Assert.Equal([$"pin {2 * s_pageSize}", "unpin"], calls);
    }

    [Fact]
    public void Memory_goes_back_where_unpinning_fails()
    {
        var before = HostMemory.HeldBytes;
        var block = HostBlock.AllocatePinned(100, (_, _) => { }, _ => throw new InvalidOperationException("unpin"));

        Assert.Throws<InvalidOperationException>(block.Dispose);

        Assert.Equal(before, HostMemory.HeldBytes);
    }

    private static long ResidentPages(HostBlock block) => ResidentPages(block.Address, (nint)block.Bytes);

    private static long ResidentPages(nint address, nint length)
    {
        var pages = new byte[(length + s_pageSize - 1) / s_pageSize];
        Assert.Equal(0, MinCore(address, length, pages));
        return pages.LongCount(page => (page & 1) == 1);
    }

    [LibraryImport("libc", EntryPoint = "mincore", SetLastError = true)]
    private static partial int MinCore(nint address, nint length, [Out] byte[] pages);
}

using Egress.Buffers;

namespace Egress.Tests.Buffers;

/// <summary>The pool's own promises: a buffer has one owner, waiting ends, and memory comes back once.</summary>
public sealed class HostBufferPoolTests
{
    private const int BufferBytes = 4096;

    [Fact]
    public void It_has_what_was_asked_for()
    {
        using var pool = Create(3);
        Assert.Equal(3, pool.Count);
        Assert.Equal(3, pool.Available);
        Assert.Equal(BufferBytes, pool.BufferBytes);
        Assert.Equal(3 * BufferBytes, pool.TotalBytes);
        Assert.Equal(HostMemoryKind.Pageable, pool.Kind);
        Assert.False(pool.IsPinned);
        Assert.False(pool.IsRemoved);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 1)]
    [InlineData(1, 0)]
    public void A_pool_of_nothing_is_refused(int count, long bytes) => Assert.Throws<ArgumentOutOfRangeException>(
        () => new HostBufferPool(count, bytes, size => HostBlock.Allocate(size, HostMemoryKind.Pageable)));

    [Fact]
    public void Leases_are_of_different_buffers_and_give_them_back()
    {
        using var pool = Create(2);
        using var first = Rent(pool);
        using (var second = Rent(pool))
        {
            Assert.NotEqual(first.Block.Address, second.Block.Address);
            Assert.Equal(0, pool.Available);
            Assert.Equal(2, pool.Leased);
        }

        Assert.Equal(1, pool.Available);
        Assert.Equal(1, pool.Leased);
    }

    [Fact]
    public void A_lease_that_was_given_back_gives_the_buffer_to_nobody()
    {
        using var pool = Create(1);
        var lease = Rent(pool);
        lease.Dispose();
        Assert.Throws<ObjectDisposedException>(() => lease.Block);
    }

    [Fact]
    public void Giving_back_twice_or_from_many_threads_gives_back_once()
    {
        using var pool = Create(2);
        for (var round = 0; round < 200; round++)
        {
            var lease = Rent(pool);
            var returns = Enumerable.Range(0, 3).Select(_ => Bounded.Start("returning", lease.Dispose)).ToList();
            returns.ForEach(work => work.Join());
            lease.Dispose();
            Assert.Equal(2, pool.Available);
        }

        // A second return would have put one buffer in twice.
        using var first = Rent(pool);
        using var second = Rent(pool);
        Assert.NotEqual(first.Block.Address, second.Block.Address);
        Assert.Throws<OperationCanceledException>(() => RentAtOnce(pool));
    }

    [Fact]
    public void An_exhausted_pool_makes_wait_until_a_buffer_comes_back()
    {
        using var pool = Create(1);
        var held = Rent(pool);
        var address = held.Block.Address;
        BufferLease? waited = null;
        var waiter = Bounded.Start("waiting for a buffer", () => waited = Rent(pool));
        Assert.Throws<OperationCanceledException>(() => RentAtOnce(pool));
        Assert.Null(waited);

        held.Dispose();

        waiter.Join();
        Assert.Equal(address, waited!.Value.Block.Address);
        waited!.Value.Dispose();
        Assert.Equal(1, pool.Available);
    }

    [Fact]
    public void A_lease_that_has_ended_gives_the_buffers_next_lease_to_nobody_and_ends_it_for_nobody()
    {
        using var pool = Create(1);
        var first = Rent(pool);
        var copy = first;
        first.Dispose();
        var second = Rent(pool);

        Assert.Throws<ObjectDisposedException>(() => copy.Block);
        copy.Dispose();
        default(BufferLease).Dispose();

        Assert.Equal(0, pool.Available);
        Assert.NotEqual(0, second.Block.Address);
        second.Dispose();
        Assert.Equal(1, pool.Available);
    }

    [Fact]
    public void A_cancelled_wait_takes_no_buffer()
    {
        using var pool = Create(1);
        var held = Rent(pool);
        for (var round = 0; round < 50; round++)
        {
            using var cancel = new CancellationTokenSource();
            var waiters = Enumerable.Range(0, 3)
                .Select(_ => Bounded.Start("waiting for a buffer", () => pool.Rent(cancel.Token).Dispose())).ToList();
            if (round % 2 == 0)
            {
                cancel.Cancel();
                Assert.All(waiters, waiter => Assert.IsType<OperationCanceledException>(waiter.Error));
            }
            else
            {
                // The buffer comes back at the same moment: each waiter gets it and returns it, or is cancelled.
                var canceller = Bounded.Start("cancelling", cancel.Cancel);
                held.Dispose();
                canceller.Join();
                Assert.All(waiters, waiter => Assert.True(waiter.Error is null or OperationCanceledException));
                held = Rent(pool);
            }

            Assert.Equal(0, pool.Available);
        }

        held.Dispose();
        Assert.Equal(1, pool.Available);
    }

    [Fact]
    public void Many_threads_never_share_a_buffer()
    {
        using var pool = Create(3);
        var renters = Enumerable.Range(1, 6).Select(id => Bounded.Start("renting", () =>
        {
            for (var i = 0; i < 2000; i++)
            {
                using var lease = Rent(pool);
                var bytes = lease.Block.Span(0, 64);
                bytes.Fill((byte)id);
                if (i % 16 == 0)
                {
                    Thread.Yield();
                }

                Assert.Equal(-1, bytes.IndexOfAnyExcept((byte)id));
            }
        })).ToList();
        renters.ForEach(renter => renter.Join());
        Assert.Equal(3, pool.Available);
    }

    [Fact]
    public void A_pool_in_use_is_not_removed_and_one_in_no_use_is()
    {
        var leaks = new LeakCheck();
        var pool = Create(2);
        pool.BeginUse();
        pool.BeginUse();
        AssertUnavailable(pool.Remove);
        pool.EndUse();
        AssertUnavailable(pool.Remove);
        Assert.False(pool.IsRemoved);
        Assert.Equal(2, pool.Available);
        pool.EndUse();

        pool.Remove();

        Assert.True(pool.IsRemoved);
        Assert.Equal(0, pool.Available);
        AssertUnavailable(pool.BeginUse);
        AssertUnavailable(() => Rent(pool));
        leaks.AssertNothingLeft();
        pool.Remove();
        pool.Dispose();
    }

    [Fact]
    public void A_buffer_that_is_leased_outlives_the_pools_removal()
    {
        var leaks = new LeakCheck();
        var pool = Create(3);
        var before = HostMemory.HeldBlocks;
        var lease = Rent(pool);

        pool.Remove();

        Assert.Equal(before - 2, HostMemory.HeldBlocks);
        Assert.Equal(1, pool.Leased);
        lease.Block.Span(0, BufferBytes).Fill(7);
        lease.Dispose();
        leaks.AssertNothingLeft();
        Assert.Equal(0, pool.Leased);
    }

    [Fact]
    public void Who_waits_for_a_buffer_of_a_pool_that_is_removed_learns_it_at_once()
    {
        // Without a buffer coming back, ever.
        var pool = Create(1);
        using var held = Rent(pool);
        var waiters = Enumerable.Range(0, 4).Select(_ => Bounded.Start("waiting for a buffer", () => Rent(pool))).ToList();
        Thread.Sleep(20);

        pool.Dispose();

        Assert.All(waiters, waiter => Assert.Equal(
            EgressErrorId.BufferPoolUnavailable, Assert.IsType<EgressException>(waiter.Error).ErrorId));
    }

    [Fact]
    public void Removal_and_use_exclude_each_other()
    {
        // Either the use came first and the removal is refused, or the removal came first and the use is.
        for (var round = 0; round < 300; round++)
        {
            var pool = Create(1);
            using var start = new ManualResetEventSlim();
            var user = Bounded.Start("using", () =>
            {
                start.Wait();
                pool.BeginUse();
            });
            var remover = Bounded.Start("removing", () =>
            {
                start.Wait();
                pool.Remove();
            });
            start.Set();

            var used = user.Error is null;
            Assert.Equal(used, remover.Error is not null);
            Assert.Equal(used, !pool.IsRemoved);
            Assert.Equal(used ? 1 : 0, pool.Available);
            pool.Dispose();
        }
    }

    [Fact]
    public void A_pool_that_gets_no_memory_for_all_buffers_keeps_none()
    {
        var leaks = new LeakCheck();
        var allocated = 0;
        Assert.Throws<InvalidOperationException>(() => new HostBufferPool(5, BufferBytes, bytes =>
            ++allocated == 4 ? throw new InvalidOperationException() : HostBlock.Allocate(bytes, HostMemoryKind.Pageable)));
        Assert.Equal(4, allocated);
        leaks.AssertNothingLeft();
    }

    private static HostBufferPool Create(int count) =>
        new(count, BufferBytes, bytes => HostBlock.Allocate(bytes, HostMemoryKind.Pageable));

    private static BufferLease Rent(HostBufferPool pool) => pool.Rent(CancellationToken.None);

    private static BufferLease RentAtOnce(HostBufferPool pool)
    {
        using var timeout = new CancellationTokenSource(20);
        return pool.Rent(timeout.Token);
    }

    private static void AssertUnavailable(Action action) =>
        Assert.Equal(EgressErrorId.BufferPoolUnavailable, Assert.Throws<EgressException>(action).ErrorId);
}

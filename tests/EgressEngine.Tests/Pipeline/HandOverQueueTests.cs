using System.Collections.Concurrent;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>The queue between two stages by itself: order, bound, end and cancel.</summary>
public sealed class HandOverQueueTests : IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    public void Dispose() => _stop.Dispose();

    [Fact]
    public void Items_come_out_in_the_order_in_which_they_went_in()
    {
        using var queue = new HandOverQueue<int>(_stop.Token);
        for (var i = 0; i < 100; i++)
        {
            queue.Add(i);
        }

        queue.Complete();
        Assert.Equal(Enumerable.Range(0, 100), TakeAll(queue));
    }

    [Fact]
    public void A_full_queue_takes_an_item_once_another_was_taken()
    {
        using var queue = new HandOverQueue<int>(_stop.Token, capacity: 1);
        Assert.True(queue.TryAdd(1));
        Assert.False(queue.TryAdd(2));
        var adder = Bounded.Start("adding to a full queue", () => queue.Add(2));

        Assert.True(queue.TryTake(out var first));
        adder.Join();

        Assert.True(queue.TryTake(out var second));
        Assert.Equal((1, 2), (first, second));
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void Everyone_who_waits_learns_of_the_end()
    {
        using var queue = new HandOverQueue<int>(_stop.Token);
        var ended = new ConcurrentBag<bool>();
        var takers = Enumerable.Range(0, 5)
            .Select(_ => Bounded.Start("taking from an empty queue", () => ended.Add(!queue.TryTake(out var _)))).ToList();

        queue.Complete();
        queue.Complete();

        takers.ForEach(taker => taker.Join());
        Assert.Equal(Enumerable.Repeat(true, 5), ended);
        Assert.Throws<InvalidOperationException>(() => queue.Add(1));
        Assert.Throws<InvalidOperationException>(() => queue.TryAdd(1));
    }

    [Fact]
    public void A_cancel_ends_the_waits_of_both_sides()
    {
        using var empty = new HandOverQueue<int>(_stop.Token);
        using var full = new HandOverQueue<int>(_stop.Token, capacity: 1);
        full.Add(1);
        var taker = Bounded.Start(
            "taking from an empty queue", () => Assert.ThrowsAny<OperationCanceledException>(() => empty.TryTake(out var _)));
        var adder = Bounded.Start(
            "adding to a full queue", () => Assert.ThrowsAny<OperationCanceledException>(() => full.Add(2)));

        _stop.Cancel();

        taker.Join();
        adder.Join();
        Assert.ThrowsAny<OperationCanceledException>(() => full.TryTake(out var _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(null)]
    public void Each_item_of_many_threads_is_taken_once(int? capacity)
    {
        const int Threads = 4;
        const int ItemsEach = 5_000;
        using var queue = new HandOverQueue<int>(_stop.Token, capacity);
        var taken = new ConcurrentBag<int>();
        var takers = Enumerable.Range(0, Threads)
            .Select(_ => Bounded.Start("taking", () => TakeAll(queue).ForEach(taken.Add))).ToList();
        var adders = Enumerable.Range(0, Threads)
            .Select(thread => Bounded.Start("adding", () =>
            {
                for (var i = 0; i < ItemsEach; i++)
                {
                    queue.Add((thread * ItemsEach) + i);
                }
            })).ToList();

        adders.ForEach(adder => adder.Join());
        queue.Complete();
        takers.ForEach(taker => taker.Join());

        Assert.Equal(Enumerable.Range(0, Threads * ItemsEach), taken.Order());
    }

    private static List<int> TakeAll(HandOverQueue<int> queue)
    {
        var items = new List<int>();
        while (queue.TryTake(out var item))
        {
            items.Add(item);
        }

        return items;
    }
}

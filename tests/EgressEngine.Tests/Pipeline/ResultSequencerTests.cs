using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>The sequencer by itself: order, credits, and the end.</summary>
public sealed class ResultSequencerTests : IDisposable
{
    private const int SlotCount = 4;
    private readonly SemaphoreSlim _credits = new(0);
    private readonly BatchPool<MarkedItem, bool> _batches = new(SlotCount);
    private readonly ResultSequencer<MarkedItem, bool> _sequencer;

    public ResultSequencerTests() => _sequencer = new ResultSequencer<MarkedItem, bool>(_credits, _batches);

    public void Dispose() => _credits.Dispose();

    [Fact]
    public void Batches_come_out_in_input_order_whatever_order_they_finish_in()
    {
        foreach (var index in new[] { 2, 0, 3, 1 })
        {
            _sequencer.Add(DoneBatch(index, items: 2));
        }

        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], TakeAll());
    }

    [Fact]
    public void A_batch_that_waits_for_one_before_it_gives_nothing()
    {
        _sequencer.Add(DoneBatch(1, items: 2));

        Assert.Equal(1, _sequencer.Waiting);
        Assert.Empty(TakeAll());
        Assert.False(_sequencer.IsCompleted);
    }

    [Fact]
    public void A_credit_comes_back_with_the_last_outcome_of_a_batch()
    {
        _sequencer.Add(DoneBatch(0, items: 2));
        Assert.True(_sequencer.TryTake(out _, 0));
        Assert.Equal(0, _credits.CurrentCount);
        Assert.True(_sequencer.TryTake(out _, 0));
        Assert.Equal(1, _credits.CurrentCount);
    }

    [Fact]
    public void What_is_left_at_the_end_comes_out_although_batches_before_it_are_missing()
    {
        _sequencer.Add(DoneBatch(3, items: 1));

        _sequencer.Complete([DoneBatch(1, items: 1)]);

        Assert.Equal([1, 3], TakeAll());
        Assert.True(_sequencer.IsCompleted);
    }

    [Fact]
    public void Outcomes_can_be_taken_after_the_credits_are_gone()
    {
        // As a thread does that waited for an outcome while another disposed the run.
        _sequencer.Complete([DoneBatch(0, items: 3)]);
        _credits.Dispose();

        Assert.Equal([0, 1, 2], TakeAll());
    }

    private Batch<MarkedItem, bool> DoneBatch(int index, int items)
    {
        var batch = _batches.Rent(index);
        for (var i = 0; i < items; i++)
        {
            batch.AddDone(new ItemOutcome<MarkedItem, bool>(new MarkedItem((index * items) + i), true, null));
        }

        return batch;
    }

    private List<long> TakeAll()
    {
        var numbers = new List<long>();
        while (_sequencer.TryTake(out var outcome, 0))
        {
            numbers.Add(outcome.Item.Number);
        }

        return numbers;
    }
}

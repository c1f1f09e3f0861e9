namespace Egress.Pipeline;

/// <summary>
/// The batches of a run, used again and again. There are never more than the run's credits: a batch is rented with a credit in
/// hand, and is back before the credit is.
/// </summary>
internal sealed class BatchPool<TItem, TResult>(int batchSize)
{
    private readonly Lock _lock = new();
    private readonly Stack<Batch<TItem, TResult>> _free = new();
    private readonly List<Batch<TItem, TResult>> _all = [];

    /// <summary>The batches that some stage owns or has lost, in input order: not those that are finished.</summary>
    public List<Batch<TItem, TResult>> UnderWay
    {
        get
        {
            lock (_lock)
            {
                return [.. _all.Where(batch => batch.IsUnderWay).OrderBy(batch => batch.Index)];
            }
        }
    }

    /// <summary>Begins a batch.</summary>
    /// <param name="index">Its number in input order.</param>
    public Batch<TItem, TResult> Rent(long index)
    {
        lock (_lock)
        {
            if (!_free.TryPop(out var batch))
            {
                batch = new Batch<TItem, TResult>(batchSize);
                _all.Add(batch);
            }

            batch.Begin(index);
            return batch;
        }
    }

    /// <summary>Takes a batch back whose outcomes were handed on.</summary>
    public void Return(Batch<TItem, TResult> batch)
    {
        batch.Clear();
        lock (_lock)
        {
            _free.Push(batch);
        }
    }
}

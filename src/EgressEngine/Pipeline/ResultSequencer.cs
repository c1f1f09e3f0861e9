namespace Egress.Pipeline;

/// <summary>
/// Puts finished batches back into input order and hands their outcomes to the consumer. It holds no more batches than the
/// pipeline lets be under way, because a batch's credit comes back only when its last outcome is taken.
/// </summary>
internal sealed class ResultSequencer<TItem, TResult>(SemaphoreSlim credits, BatchPool<TItem, TResult> batches)
{
    // A plain monitor: a consumer may still wait in TryTake while another thread disposes the run, so there must be nothing here
    // that is disposed under it.
    private readonly object _lock = new();
    private readonly Dictionary<long, Batch<TItem, TResult>> _waiting = [];
    private readonly Queue<(ItemOutcome<TItem, TResult> Outcome, bool IsLast)> _ready = new();
    private long _next;
    private bool _completed;

    /// <summary>Whether all outcomes were taken and no more will come.</summary>
    public bool IsCompleted
    {
        get
        {
            lock (_lock)
            {
                return _completed && _ready.Count == 0;
            }
        }
    }

    /// <summary>Outcomes that can be taken.</summary>
    public int Ready
    {
        get
        {
            lock (_lock)
            {
                return _ready.Count;
            }
        }
    }

    /// <summary>Finished batches that wait for one before them.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Takes a finished batch, whose resources are given back.</summary>
    public void Add(Batch<TItem, TResult> batch)
    {
        lock (_lock)
        {
            if (_completed)
            {
                // A stage that the run was not waiting for any more has come to its end after all.
                return;
            }

            _waiting.Add(batch.Index, batch);
            while (_waiting.Remove(_next, out var next))
            {
                _next++;
                Emit(next);
            }

            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>
    /// Ends the sequence. After a fault or a cancel, batches before these may be missing and these may be unfinished: what they
    /// have committed is handed out nevertheless, in input order.
    /// </summary>
    /// <param name="unfinished">Batches that stages have not handed on.</param>
    /// <param name="returnsBatches">Whether the batches go back; not where a stage is still at one of them.</param>
    public void Complete(IEnumerable<Batch<TItem, TResult>> unfinished, bool returnsBatches = true)
    {
        lock (_lock)
        {
            if (_completed)
            {
                return;
            }

            foreach (var batch in _waiting.Values.Concat(unfinished).OrderBy(batch => batch.Index))
            {
                Emit(batch, returnsBatches);
            }

            _waiting.Clear();
            _completed = true;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Takes the next outcome; false when there is none within the time, or none any more.</summary>
    public bool TryTake(out ItemOutcome<TItem, TResult> outcome, int milliseconds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(milliseconds, Timeout.Infinite);
        var deadline = Environment.TickCount64 + milliseconds;
        lock (_lock)
        {
            (ItemOutcome<TItem, TResult> Outcome, bool IsLast) entry;
            while (!_ready.TryDequeue(out entry))
            {
                var remaining = milliseconds == Timeout.Infinite ? Timeout.Infinite : (int)Math.Max(0, deadline - Environment.TickCount64);
                if (_completed || remaining == 0)
                {
                    outcome = default;
                    return false;
                }

                Monitor.Wait(_lock, remaining);
            }

            // Once the run has ended nobody needs a credit, and a dispose may have taken their semaphore away.
            if (entry.IsLast && !_completed)
            {
                credits.Release();
            }

            outcome = entry.Outcome;
            return true;
        }
    }

    /// <summary>Takes over a batch's outcomes and gives the batch back.</summary>
    private void Emit(Batch<TItem, TResult> batch, bool returnsBatch = true)
    {
        var last = batch.ItemCount - 1;
        while (last >= 0 && !batch.TryGetOutcome(last, out _))
        {
            last--;
        }

        for (var place = 0; place <= last; place++)
        {
            if (batch.TryGetOutcome(place, out var outcome))
            {
                _ready.Enqueue((outcome, place == last));
            }
        }

        if (returnsBatch)
        {
            batches.Return(batch);
        }

        if (last < 0)
        {
            credits.Release();
        }
    }
}

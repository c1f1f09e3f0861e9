using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Egress.Pipeline;

/// <summary>
/// Puts finished batches back into input order and hands their outcomes to the consumer. It holds no more batches than the
/// pipeline lets be under way, because a batch's credit comes back only when its last outcome is taken.
/// </summary>
internal sealed class ResultSequencer<TItem, TResult>(SemaphoreSlim credits) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, Batch<TItem, TResult>> _waiting = [];
    private readonly BlockingCollection<(ItemOutcome<TItem, TResult> Outcome, bool IsLast)> _ready = [];
    private long _next;

    /// <summary>Whether all outcomes were taken and no more will come.</summary>
    public bool IsCompleted => _ready.IsCompleted;

    /// <summary>Takes a finished batch, whose resources are given back.</summary>
    public void Add(Batch<TItem, TResult> batch)
    {
        lock (_lock)
        {
            _waiting.Add(batch.Index, batch);
            while (_waiting.Remove(_next, out var next))
            {
                _next++;
                Emit(next);
            }
        }
    }

    /// <summary>
    /// Ends the sequence. After a fault or a cancel, batches before these may be missing and these may be unfinished: what they
    /// have committed is handed out nevertheless, in input order.
    /// </summary>
    public void Complete(IEnumerable<Batch<TItem, TResult>> unfinished)
    {
        lock (_lock)
        {
            foreach (var batch in _waiting.Values.Concat(unfinished).OrderBy(batch => batch.Index))
            {
                Emit(batch);
            }

            _waiting.Clear();
            _ready.CompleteAdding();
        }
    }

    /// <summary>Takes the next outcome; false when there is none within the time.</summary>
    public bool TryTake(out ItemOutcome<TItem, TResult> outcome, int milliseconds)
    {
        if (!_ready.TryTake(out var entry, milliseconds))
        {
            outcome = default;
            return false;
        }

        if (entry.IsLast)
        {
            credits.Release();
        }

        outcome = entry.Outcome;
        return true;
    }

    public void Dispose() => _ready.Dispose();

    [SuppressMessage("Reliability", "CA2000", Justification = "The batch is not owned here.")]
    private void Emit(Batch<TItem, TResult> batch)
    {
        ItemOutcome<TItem, TResult>? last = null;
        foreach (var outcome in batch.SetOutcomes())
        {
            if (last is { } previous)
            {
                _ready.Add((previous, false));
            }

            last = outcome;
        }

        if (last is { } final)
        {
            _ready.Add((final, true));
        }
        else
        {
            credits.Release();
        }
    }
}

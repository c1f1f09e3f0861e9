using Egress.Buffers;
using Egress.Devices;

namespace Egress.Pipeline;

/// <summary>
/// A batch on its way through the pipeline, with everything it holds: its input buffer, its output on the device, its host buffer
/// and its copy's event. Only its owner touches these; <see cref="HandOver"/> changes the owner and fails where two believe to be it.
/// </summary>
internal sealed class Batch<TItem, TResult>(long index, int batchSize) : IDisposable
{
    private readonly List<Entry> _entries = new(batchSize);

    // An array, not a list: loaders read their slot's entry while the batcher still adds others.
    private readonly Entry[] _slots = new Entry[batchSize];

    // Not disposed with the batch: the loader that sets it may still be inside Set when the next owner has gone on and finished.
    // It holds no handle unless one is asked for.
    private readonly ManualResetEventSlim _loaded = new();
    private int _owner = (int)BatchOwner.Loading;
    private int _pendingLoads = 1;
    private int _pendingParts;

    public long Index => index;

    /// <summary>Loads that have not ended, and one more while the batch takes items.</summary>
    public int PendingLoads => Volatile.Read(ref _pendingLoads);

    /// <summary>Items, with or without a slot.</summary>
    public int ItemCount => _entries.Count;

    /// <summary>Items that the model computes; final once the batch is loaded.</summary>
    public int SlotCount { get; private set; }

    public BufferLease? InputLease { get; set; }

    public IDeviceMemory? Output { get; set; }

    public IDeviceEvent? Copied { get; set; }

    /// <summary>When the device computed it, where a timeline wants to know.</summary>
    public IDeviceSpan? ComputeSpan { get; set; }

    /// <summary>When the device copied its output to the host, likewise.</summary>
    public IDeviceSpan? CopyOutSpan { get; set; }

    public BufferLease? OutputLease { get; set; }

    public HostBlock? FreshBlock { get; set; }

    public HostBlock? HostOutput => OutputLease?.Block ?? FreshBlock;

    /// <summary>Parts of the output that are not processed yet; set before the first of them is.</summary>
    public int PendingParts
    {
        get => Volatile.Read(ref _pendingParts);
        set => Volatile.Write(ref _pendingParts, value);
    }

    /// <summary>The lane that computed it.</summary>
    public PipelineLane? Lane { get; set; }

    public BatchOwner Owner => (BatchOwner)Volatile.Read(ref _owner);

    /// <summary>Adds an item that needs no computation, with its outcome.</summary>
    public void AddDone(ItemOutcome<TItem, TResult> outcome) =>
        _entries.Add(new Entry(outcome.Item) { Outcome = outcome, IsSet = true });

    /// <summary>Adds an item that the model computes; returns its slot.</summary>
    public int AddSlot(TItem item)
    {
        var entry = new Entry(item);
        _entries.Add(entry);
        _slots[SlotCount] = entry;
        Interlocked.Increment(ref _pendingLoads);
        return SlotCount++;
    }

    public TItem ItemAt(int slot) => _slots[slot].Item;

    public bool HasOutcome(int slot) => Volatile.Read(ref _slots[slot].IsSet);

    /// <summary>Whether any item was loaded, so that there is something to compute.</summary>
    public bool AnyToCompute()
    {
        for (var slot = 0; slot < SlotCount; slot++)
        {
            if (!HasOutcome(slot))
            {
                return true;
            }
        }

        return false;
    }

    public void SetOutcome(int slot, TResult? result, EgressException? error)
    {
        var entry = _slots[slot];
        if (entry.IsSet)
        {
            throw new InvalidOperationException($"Item {slot} of batch {index} has an outcome already.");
        }

        entry.Outcome = new ItemOutcome<TItem, TResult>(entry.Item, result, error);
        Volatile.Write(ref entry.IsSet, true);
    }

    /// <summary>One load has ended; the batcher's own share ends when the batch takes no more items.</summary>
    public void LoadEnded()
    {
        if (Interlocked.Decrement(ref _pendingLoads) == 0)
        {
            _loaded.Set();
        }
    }

    /// <summary>One part of the output is processed. True for the last one: everything that the other parts' workers did is visible.</summary>
    public bool PartEnded() => Interlocked.Decrement(ref _pendingParts) == 0;

    /// <summary>Waits until the batch is closed and all its loads have ended.</summary>
    public void WaitLoaded(CancellationToken cancellationToken) => _loaded.Wait(cancellationToken);

    /// <summary>Passes the batch on.</summary>
    /// <exception cref="InvalidOperationException">The caller is not its owner.</exception>
    public void HandOver(BatchOwner from, BatchOwner to)
    {
        var owner = Interlocked.CompareExchange(ref _owner, (int)to, (int)from);
        if (owner != (int)from)
        {
            throw new InvalidOperationException($"Batch {index} belongs to {(BatchOwner)owner}, not to {from}.");
        }
    }

    /// <summary>The outcomes that are set, in input order.</summary>
    public IEnumerable<ItemOutcome<TItem, TResult>> SetOutcomes()
    {
        foreach (var entry in _entries)
        {
            if (Volatile.Read(ref entry.IsSet))
            {
                yield return entry.Outcome;
            }
        }
    }

    /// <summary>Gives the output's device memory back: the event of its copy has fired.</summary>
    public void ReleaseDeviceOutput()
    {
        ComputeSpan?.Dispose();
        ComputeSpan = null;
        CopyOutSpan?.Dispose();
        CopyOutSpan = null;
        Copied?.Dispose();
        Copied = null;
        Output?.Dispose();
        Output = null;
    }

    /// <summary>Gives everything back. No copy that touches any of it may be under way.</summary>
    public void Dispose()
    {
        // Host memory first: a device that is lost may refuse to take its own back, and a pool's buffers must come home even then.
        InputLease?.Dispose();
        InputLease = null;
        OutputLease?.Dispose();
        OutputLease = null;
        FreshBlock?.Dispose();
        FreshBlock = null;
        ReleaseDeviceOutput();
    }

    private sealed class Entry(TItem item)
    {
        public readonly TItem Item = item;
        public ItemOutcome<TItem, TResult> Outcome;
        public bool IsSet;
    }
}

using Egress.Buffers;
using Egress.Devices;

namespace Egress.Pipeline;

/// <summary>
/// A batch on its way through the pipeline, with everything it holds: its input buffer, its output on the device, its host buffer
/// and its copy's event. Only its owner touches these; <see cref="HandOver"/> changes the owner and fails where two believe to be it.
/// The object serves one batch after the other (<see cref="BatchPool{TItem, TResult}"/>).
/// </summary>
internal sealed class Batch<TItem, TResult>(int batchSize) : IDisposable
{
    // In input order: a slot, or the complement of a place among the items that need no computation. Only the batcher adds.
    private readonly List<int> _order = [];
    private readonly List<ItemOutcome<TItem, TResult>> _done = [];

    // An array, not a list: loaders read their slot while the batcher still adds others.
    private readonly Slot[] _slots = new Slot[batchSize];

    // Never disposed: the loader that sets it may still be inside Set when the next owner has gone on and finished. That late
    // call can only wake a wait of the object's next batch once too often.
    private readonly ManualResetEventSlim _loaded = new();
    private int _owner = (int)BatchOwner.Loading;
    private int _pendingLoads;
    private int _pendingParts;
    private volatile bool _underWay;

    /// <summary>Its number in input order.</summary>
    public long Index { get; private set; }

    /// <summary>Whether it has begun and is not finished.</summary>
    public bool IsUnderWay => _underWay;

    /// <summary>Loads that have not ended, and one more while the batch takes items.</summary>
    public int PendingLoads => Volatile.Read(ref _pendingLoads);

    /// <summary>Items, with or without a slot.</summary>
    public int ItemCount => _order.Count;

    /// <summary>Items that the model computes; final once the batch is loaded.</summary>
    public int SlotCount { get; private set; }

    public BufferLease? InputLease { get; set; }

    /// <summary>How much of its items' room it uses, as the model's session measures it.</summary>
    public int Extent { get; set; }

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

    /// <summary>Begins a batch, in an object that is new or cleared.</summary>
    public void Begin(long index)
    {
        Index = index;
        Volatile.Write(ref _owner, (int)BatchOwner.Loading);
        _pendingLoads = 1;
        _loaded.Reset();
        _underWay = true;
    }

    /// <summary>It is finished: its outcomes are all set and everything that it held is given back.</summary>
    public void End() => _underWay = false;

    /// <summary>Forgets its items.</summary>
    public void Clear()
    {
        Array.Clear(_slots, 0, SlotCount);
        _order.Clear();
        _done.Clear();
        SlotCount = 0;
        Extent = 0;
        Lane = null;
    }

    /// <summary>Adds an item that needs no computation, with its outcome.</summary>
    public void AddDone(ItemOutcome<TItem, TResult> outcome)
    {
        _order.Add(~_done.Count);
        _done.Add(outcome);
    }

    /// <summary>Adds an item that the model computes; returns its slot.</summary>
    public int AddSlot(TItem item)
    {
        _order.Add(SlotCount);
        _slots[SlotCount].Item = item;
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
        ref var entry = ref _slots[slot];
        if (entry.IsSet)
        {
            throw new InvalidOperationException($"Item {slot} of batch {Index} has an outcome already.");
        }

        entry.Result = result;
        entry.Error = error;
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
            throw new InvalidOperationException($"Batch {Index} belongs to {(BatchOwner)owner}, not to {from}.");
        }
    }

    /// <summary>The outcome of an item; false where it has none.</summary>
    /// <param name="place">The item's place in input order, from 0.</param>
    /// <param name="outcome">Its outcome.</param>
    public bool TryGetOutcome(int place, out ItemOutcome<TItem, TResult> outcome)
    {
        var slot = _order[place];
        if (slot < 0)
        {
            outcome = _done[~slot];
            return true;
        }

        ref var entry = ref _slots[slot];
        var isSet = Volatile.Read(ref entry.IsSet);
        outcome = isSet ? new ItemOutcome<TItem, TResult>(entry.Item, entry.Result, entry.Error) : default;
        return isSet;
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

    private struct Slot
    {
        public TItem Item;
        public TResult? Result;
        public EgressException? Error;
        public bool IsSet;
    }
}

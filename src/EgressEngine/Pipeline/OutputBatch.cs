using Egress.Buffers;
using Egress.Models;

namespace Egress.Pipeline;

/// <summary>What a worker gets of a batch's output in host memory: neighbouring items, all of the batch's or some of them.</summary>
/// <typeparam name="TItem">What the run is over.</typeparam>
/// <typeparam name="TResult">What comes out for each item.</typeparam>
public readonly struct OutputBatch<TItem, TResult>
{
    private readonly Batch<TItem, TResult> _batch;
    private readonly PipelineLane _lane;
    private readonly HostBlock _memory;
    private readonly int _first;
    private readonly long _index;

    /// <param name="batch">The batch.</param>
    /// <param name="lane">The lane that computed it.</param>
    /// <param name="memory">Its whole output.</param>
    /// <param name="first">The first of its slots that belongs here.</param>
    /// <param name="count">How many of them.</param>
    internal OutputBatch(Batch<TItem, TResult> batch, PipelineLane lane, HostBlock memory, int first, int count)
    {
        _batch = batch;
        _lane = lane;
        _memory = memory;
        _first = first;
        _index = batch.Index;
        Count = count;
    }

    /// <summary>The batch's number, from 0 in input order.</summary>
    public long Index => _index;

    /// <summary>Items here; their slots are counted from 0.</summary>
    public int Count { get; }

    /// <summary>Items in the whole batch.</summary>
    public int BatchCount => _batch.SlotCount;

    /// <summary>Shape and type of one item's output; where items differ, of the largest.</summary>
    public TensorSpec ItemSpec => _lane.Session.Output;

    /// <summary>Bytes of one item's output in this batch.</summary>
    public long ItemBytes => _lane.Session.OutputBytes(_batch.Extent);

    /// <summary>The name of the device that computed it.</summary>
    public string Device => _lane.Device.Name;

    /// <summary>Whether the item in this slot was loaded; one that was not has no output and keeps its error.</summary>
    public bool IsLoaded(int slot) => !_batch.HasOutcome(Place(slot));

    /// <summary>The item in a slot.</summary>
    public TItem Item(int slot) => _batch.ItemAt(Place(slot));

    /// <summary>The output of the item in a slot.</summary>
    public ReadOnlySpan<byte> Output(int slot) =>
        _memory.Span(Place(slot) * ItemBytes, checked((int)ItemBytes));

    /// <summary>The output of the item in a slot, for code that cannot take a span; it ends where the span would.</summary>
    public ReadOnlyMemory<byte> OutputMemory(int slot) =>
        new BlockMemory(_memory, Place(slot) * ItemBytes, checked((int)ItemBytes)).Memory;

    /// <summary>Sets the item's outcome: its output is committed.</summary>
    public void Complete(int slot, TResult result) => _batch.SetOutcome(Place(slot), result, null);

    /// <summary>Sets the item's outcome: it failed, the others go on.</summary>
    public void Fail(int slot, EgressException error) => _batch.SetOutcome(Place(slot), default, error);

    private int Place(int slot)
    {
        if (_batch.Index != _index)
        {
            throw new InvalidOperationException($"Batch {_index} was finished: its items are not here any more.");
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)Count, nameof(slot));
        return _first + slot;
    }
}

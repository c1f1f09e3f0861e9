using Egress.Buffers;
using Egress.Models;

namespace Egress.Pipeline;

/// <summary>A batch's output in host memory, as a worker sees it.</summary>
/// <typeparam name="TItem">What the run is over.</typeparam>
/// <typeparam name="TResult">What comes out for each item.</typeparam>
public readonly struct OutputBatch<TItem, TResult>
{
    private readonly Batch<TItem, TResult> _batch;

    internal OutputBatch(Batch<TItem, TResult> batch, HostBlock block, TensorSpec itemSpec, string device)
    {
        _batch = batch;
        Block = block;
        ItemSpec = itemSpec;
        Device = device;
    }

    /// <summary>The batch's number, from 0 in input order.</summary>
    public long Index => _batch.Index;

    /// <summary>Items with an output.</summary>
    public int Count => _batch.SlotCount;

    /// <summary>The memory that holds the outputs one after the other.</summary>
    public HostBlock Block { get; }

    /// <summary>Shape and type of one item's output.</summary>
    public TensorSpec ItemSpec { get; }

    /// <summary>The name of the device that computed it.</summary>
    public string Device { get; }

    /// <summary>Whether the item in this slot was loaded; one that was not has no output and keeps its error.</summary>
    public bool IsLoaded(int slot) => !_batch.HasOutcome(slot);

    /// <summary>The item in a slot.</summary>
    public TItem Item(int slot) => _batch.ItemAt(slot);

    /// <summary>The output of the item in a slot.</summary>
    public ReadOnlySpan<byte> Output(int slot) => Block.Span(slot * ItemSpec.Bytes, checked((int)ItemSpec.Bytes));

    /// <summary>Sets the item's outcome: its output is committed.</summary>
    public void Complete(int slot, TResult result) => _batch.SetOutcome(slot, result, null);

    /// <summary>Sets the item's outcome: it failed, the others go on.</summary>
    public void Fail(int slot, EgressException error) => _batch.SetOutcome(slot, default, error);
}

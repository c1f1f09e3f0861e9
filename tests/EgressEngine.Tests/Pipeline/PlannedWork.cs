using Egress.Devices.Simulated;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>An item of the tests' workload: its content depends on its number alone.</summary>
internal sealed class MarkedItem(long number)
{
    public long Number => number;
}

/// <summary>Loads items after a <see cref="FaultPlan"/>.</summary>
internal abstract class PlannedLoader(FaultPlan? plan, WorkJournal? journal) : IItemLoader<MarkedItem>
{
    public void Load(MarkedItem item, Span<byte> slot, CancellationToken cancellationToken)
    {
        plan?.Reach(FaultPoint.Loader);
        if (plan?.IsBadItem(item.Number) == true)
        {
            journal?.Failed(item.Number);
            throw new ItemException(EgressErrorId.PictureDamaged, EgressErrorCategory.InvalidData, "planted", "none", item.Number);
        }

        Fill(item.Number, slot);
    }

    protected abstract void Fill(long number, Span<byte> slot);
}

/// <summary>Checks each item's output after a <see cref="FaultPlan"/>: the outcome is whether it was right.</summary>
internal abstract class PlannedChecker(FaultPlan? plan, WorkJournal? journal, TimeSpan processing) : IOutputProcessor<MarkedItem, bool>
{
    private int _batches;

    public int Batches => Volatile.Read(ref _batches);

    public void Process(OutputBatch<MarkedItem, bool> batch, CancellationToken cancellationToken)
    {
        if (processing > TimeSpan.Zero)
        {
            SimulatedClock.WaitUntil(SimulatedClock.Now + SimulatedClock.Ticks(processing * batch.Count / batch.BatchCount), cancellationToken);
        }

        for (var slot = 0; slot < batch.Count; slot++)
        {
            if (!batch.IsLoaded(slot))
            {
                continue;
            }

            cancellationToken.ThrowIfCancellationRequested();
            plan?.Reach(FaultPoint.Processor);
            var number = batch.Item(slot).Number;
            if (plan?.IsBadOutput(number) == true)
            {
                batch.Fail(slot, new EgressException(EgressErrorId.OutputWriteFailed, EgressErrorCategory.WriteError, "planted", "none", number));
                journal?.Failed(number);
            }
            else
            {
                batch.Complete(slot, IsRight(number, batch.Output(slot)));
                journal?.Completed(number);
            }
        }

        Interlocked.Increment(ref _batches);
    }

    protected abstract bool IsRight(long number, ReadOnlySpan<byte> output);
}

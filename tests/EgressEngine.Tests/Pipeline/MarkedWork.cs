using System.Runtime.InteropServices;
using Egress.Devices;
using Egress.Devices.Simulated;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>An item of the tests' workload: its number is the mark that has to come out of the other end, transformed.</summary>
internal sealed class MarkedItem(long number)
{
    public long Number => number;
}

/// <summary>Writes each item's mark, after a random delay and with planted faults where wanted.</summary>
internal sealed class MarkLoader(FaultPlan? plan = null) : IItemLoader<MarkedItem>
{
    public void Load(MarkedItem item, Span<byte> slot, CancellationToken cancellationToken)
    {
        plan?.Reach(FaultPoint.Loader, item.Number);
        if (plan?.IsBadItem(item.Number) == true)
        {
            throw new ItemException(EgressErrorId.PictureDamaged, EgressErrorCategory.InvalidData, "planted", "none", item.Number);
        }

        MemoryMarshal.Write(slot, (ulong)item.Number);
    }
}

/// <summary>Checks each item's mark at both ends of its output and reports whether it was right.</summary>
internal sealed class MarkChecker(FaultPlan? plan = null, TimeSpan processing = default) : IOutputProcessor<MarkedItem, bool>
{
    private int _batches;

    public int Batches => Volatile.Read(ref _batches);

    public void Process(OutputBatch<MarkedItem, bool> batch, CancellationToken cancellationToken)
    {
        if (processing > TimeSpan.Zero)
        {
            SimulatedClock.WaitUntil(SimulatedClock.Now + SimulatedClock.Ticks(processing), cancellationToken);
        }

        for (var slot = 0; slot < batch.Count; slot++)
        {
            if (!batch.IsLoaded(slot))
            {
                continue;
            }

            cancellationToken.ThrowIfCancellationRequested();
            var item = batch.Item(slot);
            plan?.Reach(FaultPoint.Processor, item.Number);
            var output = batch.Output(slot);
            var expected = SimulatedSession.Transform((ulong)item.Number);
            batch.Complete(slot, MemoryMarshal.Read<ulong>(output) == expected && MemoryMarshal.Read<ulong>(output[^8..]) == expected);
        }

        Interlocked.Increment(ref _batches);
    }
}

/// <summary>Builds lanes for the tests.</summary>
internal static class SimulatedLanes
{
    public static readonly TensorSpec Input = new(ElementType.UInt8, 64);
    public static readonly TensorSpec Output = new(ElementType.UInt8, 256);

    public static PipelineLane Create(SimulatedTiming timing, Func<IDevice, IInferenceSession, PipelineLane>? wrap = null)
    {
        var device = new SimulatedDevice(timing);
        var session = new SimulatedSession(device, Input, Output);
        return wrap is null ? new PipelineLane(device, session) : wrap(device, session);
    }

    public static SimulatedTiming Timing(double compute, double copy, double processing = 0, double? fresh = null, double copyIn = 0) => new()
    {
        Compute = TimeSpan.FromMilliseconds(compute),
        Copy = TimeSpan.FromMilliseconds(copy),
        FreshCopy = fresh is { } value ? TimeSpan.FromMilliseconds(value) : null,
        CopyIn = TimeSpan.FromMilliseconds(copyIn),
        Processing = TimeSpan.FromMilliseconds(processing),
    };
}

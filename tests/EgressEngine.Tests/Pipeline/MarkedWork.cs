using System.Runtime.InteropServices;
using Egress.Devices;
using Egress.Devices.Simulated;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>Writes each item's number: the mark that has to come out of the other end of a simulated device, transformed.</summary>
internal sealed class MarkLoader(FaultPlan? plan = null, WorkJournal? journal = null) : PlannedLoader(plan, journal)
{
    protected override void Fill(long number, Span<byte> slot) => MemoryMarshal.Write(slot, (ulong)number);
}

/// <summary>Checks each item's mark at both ends of its output.</summary>
internal sealed class MarkChecker(FaultPlan? plan = null, TimeSpan processing = default, WorkJournal? journal = null)
    : PlannedChecker(plan, journal, processing)
{
    protected override bool IsRight(long number, ReadOnlySpan<byte> output)
    {
        var expected = SimulatedSession.Transform((ulong)number);
        return MemoryMarshal.Read<ulong>(output) == expected && MemoryMarshal.Read<ulong>(output[^sizeof(ulong)..]) == expected;
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

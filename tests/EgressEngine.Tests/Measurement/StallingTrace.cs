using System.Collections.Concurrent;
using System.Diagnostics;
using Egress.Devices;
using Egress.Devices.Simulated;
using Egress.Measurement;
using Egress.Pipeline;

namespace Egress.Tests.Measurement;

/// <summary>
/// A timeline of a run that is held up before one batch: everything before it has ended, then the device gets nothing for the length
/// of the stall. The clock is looked at on both sides, so that the gap is known and not merely hoped for. What the run reports is
/// kept as well as written.
/// </summary>
internal sealed class StallingTrace(TimelineTrace trace, IDevice device, int stallAt, TimeSpan stall) : IDeviceWorkObserver
{
    private readonly ConcurrentQueue<(DeviceWork Work, long Batch, long Start, long End)> _device = new();
    private readonly ConcurrentDictionary<(PipelineStage, long), (long Start, long End)> _stages = new();

    /// <summary>
    /// When the device became idle, in <see cref="Stopwatch"/> ticks: exact on the simulated device, elsewhere when that was noticed.
    /// </summary>
    public long IdleTicks { get; private set; }

    /// <summary>The end of the stall.</summary>
    public long EndTicks { get; private set; }

    /// <summary>A device's work of one kind, in the order in which it was reported.</summary>
    public IReadOnlyList<(long Batch, long Start, long End)> Device(DeviceWork work) =>
        [.. _device.Where(span => span.Work == work).Select(span => (span.Batch, span.Start, span.End))];

    public (long Start, long End) Stage(PipelineStage stage, long batch) => _stages[(stage, batch)];

    public void BeforeStep(long index, CancellationToken cancellationToken)
    {
        if (index != stallAt)
        {
            return;
        }

        using (var idle = device.ComputeStream.Record())
        {
            idle.Synchronize();
            IdleTicks = (idle as SimulatedEvent)?.Time ?? Stopwatch.GetTimestamp();
        }

        while (Stopwatch.GetElapsedTime(IdleTicks) < stall)
        {
            Thread.Sleep(1);
        }

        EndTicks = Stopwatch.GetTimestamp();
    }

    public void StageEnded(PipelineStage stage, long batch, long startTicks, long endTicks)
    {
        _stages[(stage, batch)] = (startTicks, endTicks);
        trace.StageEnded(stage, batch, startTicks, endTicks);
    }

    public void DeviceWorkEnded(IDevice device, DeviceWork work, long batch, long startTicks, long endTicks)
    {
        _device.Enqueue((work, batch, startTicks, endTicks));
        trace.DeviceWorkEnded(device, work, batch, startTicks, endTicks);
    }
}

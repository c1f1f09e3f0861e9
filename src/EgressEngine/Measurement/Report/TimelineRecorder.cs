using System.Diagnostics;
using Egress.Devices;
using Egress.Pipeline;

namespace Egress.Measurement.Report;

/// <summary>
/// Keeps what devices and workers do during a short run. The run is one of its own, after the measured one, so that taking the
/// devices' times does not touch the measurement.
/// </summary>
public sealed class TimelineRecorder : IDeviceWorkObserver
{
    private readonly Lock _lock = new();
    private readonly List<(StepWork Work, int Device, long Batch, long Start, long End)> _spans = [];
    private readonly List<IDevice> _devices = [];

    /// <inheritdoc/>
    public void BeforeStep(long index, CancellationToken cancellationToken)
    {
    }

    /// <inheritdoc/>
    public void StageEnded(PipelineStage stage, long batch, long startTicks, long endTicks)
    {
        if (stage == PipelineStage.Process)
        {
            lock (_lock)
            {
                _spans.Add((StepWork.Processing, 0, batch, startTicks, endTicks));
            }
        }
    }

    /// <inheritdoc/>
    public void DeviceWorkEnded(IDevice device, DeviceWork work, long batch, long startTicks, long endTicks)
    {
        lock (_lock)
        {
            var index = _devices.IndexOf(device);
            if (index < 0)
            {
                index = _devices.Count;
                _devices.Add(device);
            }

            _spans.Add((Work(work), index, batch, startTicks, endTicks));
        }
    }

    /// <summary>Cuts the steps out in which the run is in full swing.</summary>
    /// <param name="skipSteps">Batches at the beginning that are left out, while queues and buffers fill.</param>
    /// <param name="milliseconds">The most that is cut out; less where the run computed for a shorter time.</param>
    /// <returns>The timeline, or null where the run was too short.</returns>
    public StepTimeline? Cut(int skipSteps, double milliseconds)
    {
        lock (_lock)
        {
            var computed = _spans.Where(span => span.Work == StepWork.Compute).OrderBy(span => span.Start).Skip(skipSteps).ToList();
            if (computed.Count == 0)
            {
                return null;
            }

            var origin = computed[0].Start;
            var firstBatch = computed.Min(span => span.Batch);

            // After the last computation the pipeline runs empty, which would look as if its devices idled.
            var length = Math.Min(milliseconds, Milliseconds(origin, computed.Max(span => span.End)));
            var spans = _spans
                .Select(span => new StepSpan(
                    span.Work, span.Device, span.Batch - firstBatch + 1, Milliseconds(origin, span.Start), Milliseconds(origin, span.End)))
                .Where(span => span.End > 0 && span.Start < length)
                .ToList();
            return new StepTimeline(spans, length, [.. _devices.Select(device => device.Name)]);
        }
    }

    private static double Milliseconds(long start, long end) => (end - start) * 1000.0 / Stopwatch.Frequency;

    private static StepWork Work(DeviceWork work) => work switch
    {
        DeviceWork.Compute => StepWork.Compute,
        DeviceWork.CopyIn => StepWork.CopyIn,
        _ => StepWork.CopyOut,
    };
}

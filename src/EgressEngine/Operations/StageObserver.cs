using System.Diagnostics;
using Egress.Devices;
using Egress.Measurement;
using Egress.Pipeline;

namespace Egress.Operations;

/// <summary>Tells metrics, trace and summary what the stages do.</summary>
internal sealed class StageObserver : IPipelineObserver
{
    private readonly StageTimes _times = new();
    private readonly RunTrace _trace;

    public StageObserver(RunTrace trace)
    {
        _trace = trace;
        _times.Open(0);
    }

    /// <summary>How long the threads of each stage that did anything were at it, in seconds.</summary>
    public Dictionary<string, double> Seconds() => Enum.GetValues<PipelineStage>()
        .Select(stage => (Stage: stage, Seconds: _times.Seconds(stage)))
        .Where(entry => entry.Seconds > 0)
        .ToDictionary(entry => EgressTelemetry.StageName(entry.Stage), entry => entry.Seconds);

    /// <inheritdoc/>
    public void BeforeStep(long index, CancellationToken cancellationToken)
    {
    }

    /// <inheritdoc/>
    public void StageEnded(PipelineStage stage, long batch, long startTicks, long endTicks)
    {
        _times.Add(stage, startTicks, endTicks);
        EgressTelemetry.StageEnded(stage, Stopwatch.GetElapsedTime(startTicks, endTicks).TotalSeconds);
        _trace.StageEnded(stage, batch, startTicks, endTicks);
    }

    /// <inheritdoc/>
    public void BatchProcessed(long batch, long ticks)
    {
        EgressTelemetry.BatchDone();
        _trace.BatchProcessed(batch, ticks);
    }
}

/// <summary>The same, and what the devices do.</summary>
internal sealed class DeviceObserver(StageObserver stages) : IDeviceWorkObserver
{
    /// <inheritdoc/>
    public void BeforeStep(long index, CancellationToken cancellationToken) => stages.BeforeStep(index, cancellationToken);

    /// <inheritdoc/>
    public void StageEnded(PipelineStage stage, long batch, long startTicks, long endTicks) =>
        stages.StageEnded(stage, batch, startTicks, endTicks);

    /// <inheritdoc/>
    public void BatchProcessed(long batch, long ticks) => stages.BatchProcessed(batch, ticks);

    /// <inheritdoc/>
    public void DeviceWorkEnded(IDevice device, DeviceWork work, long batch, long startTicks, long endTicks) =>
        EgressTelemetry.DeviceWorked(device, work, Stopwatch.GetElapsedTime(startTicks, endTicks).TotalSeconds);
}

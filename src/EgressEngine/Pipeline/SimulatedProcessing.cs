using Egress.Devices.Simulated;

namespace Egress.Pipeline;

/// <summary>Adds the simulated device's processing time to each batch, to a part of one its share, on one of its processors.</summary>
internal sealed class SimulatedProcessing<TItem, TResult>(SimulatedDevice device, IOutputProcessor<TItem, TResult> inner)
    : IOutputProcessor<TItem, TResult>
{
    /// <summary>The processor as it processes for these lanes: with that time where their device is simulated.</summary>
    public static IOutputProcessor<TItem, TResult> For(IReadOnlyList<PipelineLane> lanes, IOutputProcessor<TItem, TResult> processor) =>
        lanes[0].Device is SimulatedDevice device ? new SimulatedProcessing<TItem, TResult>(device, processor) : processor;

    /// <inheritdoc/>
    public void Process(OutputBatch<TItem, TResult> batch, CancellationToken cancellationToken)
    {
        SimulatedClock.Work(device.Processors, device.Timing.ProcessingTime(batch.BatchCount) * batch.Count / batch.BatchCount, cancellationToken);
        inner.Process(batch, cancellationToken);
    }
}

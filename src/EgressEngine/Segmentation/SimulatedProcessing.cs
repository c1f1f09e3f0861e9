using Egress.Devices.Simulated;
using Egress.Pipeline;

namespace Egress.Segmentation;

/// <summary>Adds the simulated device's processing time to each batch, to a part of one its share.</summary>
internal sealed class SimulatedProcessing<TItem, TResult>(TimeSpan duration, IOutputProcessor<TItem, TResult> inner)
    : IOutputProcessor<TItem, TResult>
{
    /// <inheritdoc/>
    public void Process(OutputBatch<TItem, TResult> batch, CancellationToken cancellationToken)
    {
        SimulatedClock.WaitUntil(SimulatedClock.Now + SimulatedClock.Ticks(duration * batch.Count / batch.BatchCount), cancellationToken);
        inner.Process(batch, cancellationToken);
    }
}

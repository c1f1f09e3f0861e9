using Egress.Devices.Simulated;

namespace Egress.Pipeline;

/// <summary>Adds the simulated device's loading time to each item, on one of its processors.</summary>
internal sealed class SimulatedLoading<TItem>(SimulatedDevice device, IItemLoader<TItem> inner) : IItemLoader<TItem>
{
    /// <summary>The loader as it loads for these lanes: with that time where their device is simulated.</summary>
    public static IItemLoader<TItem> For(IReadOnlyList<PipelineLane> lanes, IItemLoader<TItem> loader) =>
        lanes[0].Device is SimulatedDevice device ? new SimulatedLoading<TItem>(device, loader) : loader;

    /// <inheritdoc/>
    public void Load(TItem item, Span<byte> slot, CancellationToken cancellationToken)
    {
        SimulatedClock.Work(device.Processors, device.Timing.Load, cancellationToken);
        inner.Load(item, slot, cancellationToken);
    }
}

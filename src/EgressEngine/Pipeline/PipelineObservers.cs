using Egress.Devices;

namespace Egress.Pipeline;

/// <summary>Lets several observers see one run.</summary>
public static class PipelineObservers
{
    /// <summary>
    /// One observer for all that are not null; null where there is none. It asks for the devices' times only where one of them
    /// does.
    /// </summary>
    public static IPipelineObserver? Combine(params ReadOnlySpan<IPipelineObserver?> observers)
    {
        var all = new List<IPipelineObserver>();
        foreach (var observer in observers)
        {
            if (observer is not null)
            {
                all.Add(observer);
            }
        }

        return all switch
        {
            [] => null,
            [var only] => only,
            _ when all.Any(observer => observer is IDeviceWorkObserver) => new DeviceWorkObservers(all),
            _ => new Observers(all),
        };
    }

    private class Observers(List<IPipelineObserver> all) : IPipelineObserver
    {
        public void BeforeStep(long index, CancellationToken cancellationToken)
        {
            foreach (var observer in all)
            {
                observer.BeforeStep(index, cancellationToken);
            }
        }

        public void StageEnded(PipelineStage stage, long batch, long startTicks, long endTicks)
        {
            foreach (var observer in all)
            {
                observer.StageEnded(stage, batch, startTicks, endTicks);
            }
        }

        public void BatchProcessed(long batch, long ticks)
        {
            foreach (var observer in all)
            {
                observer.BatchProcessed(batch, ticks);
            }
        }
    }

    private sealed class DeviceWorkObservers(List<IPipelineObserver> all) : Observers(all), IDeviceWorkObserver
    {
        private readonly IDeviceWorkObserver[] _devices = [.. all.OfType<IDeviceWorkObserver>()];

        public void DeviceWorkEnded(IDevice device, DeviceWork work, long batch, long startTicks, long endTicks)
        {
            foreach (var observer in _devices)
            {
                observer.DeviceWorkEnded(device, work, batch, startTicks, endTicks);
            }
        }
    }
}

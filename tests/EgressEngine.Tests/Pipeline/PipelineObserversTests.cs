using Egress.Devices;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

public sealed class PipelineObserversTests
{
    [Fact]
    public void All_observers_see_a_run_and_nobody_stands_for_none()
    {
        var first = new CountingObserver();
        var second = new CountingObserver();
        Assert.Null(PipelineObservers.Combine(null, null));
        Assert.Same(first, PipelineObservers.Combine(null, first));

        var both = PipelineObservers.Combine(first, null, second)!;
        both.BeforeStep(0, CancellationToken.None);
        both.StageEnded(PipelineStage.Load, 0, 1, 2);
        Assert.Equal((1, 1), (first.StepsFromZero, second.StepsFromZero));
        Assert.Equal((1, 1), (first.Count(PipelineStage.Load), second.Count(PipelineStage.Load)));
    }

    [Fact]
    public void Devices_are_asked_for_their_times_only_where_an_observer_wants_them()
    {
        var devices = new DeviceTimes();
        Assert.IsNotAssignableFrom<IDeviceWorkObserver>(PipelineObservers.Combine(new CountingObserver(), new CountingObserver()));

        var both = Assert.IsAssignableFrom<IDeviceWorkObserver>(PipelineObservers.Combine(new CountingObserver(), devices));
        both.DeviceWorkEnded(null!, DeviceWork.CopyOut, 4, 1, 2);
        Assert.Equal([(DeviceWork.CopyOut, 4L)], devices.Seen);
    }

    private sealed class DeviceTimes : IDeviceWorkObserver
    {
        public List<(DeviceWork, long)> Seen { get; } = [];

        public void BeforeStep(long index, CancellationToken cancellationToken)
        {
        }

        public void StageEnded(PipelineStage stage, long batch, long startTicks, long endTicks)
        {
        }

        public void DeviceWorkEnded(IDevice device, DeviceWork work, long batch, long startTicks, long endTicks) => Seen.Add((work, batch));
    }
}

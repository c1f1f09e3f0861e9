using Egress.Devices;

namespace Egress.Pipeline;

/// <summary>An observer that is also told what the devices themselves do, and when. A run without one takes no times on devices.</summary>
public interface IDeviceWorkObserver : IPipelineObserver
{
    /// <summary>A device has done a piece of work. Called later than it ended, in the order of the work for each kind of it.</summary>
    /// <param name="device">The device.</param>
    /// <param name="work">What it did.</param>
    /// <param name="batch">The batch's number.</param>
    /// <param name="startTicks">The beginning, in <see cref="System.Diagnostics.Stopwatch"/> ticks.</param>
    /// <param name="endTicks">The end.</param>
    void DeviceWorkEnded(IDevice device, DeviceWork work, long batch, long startTicks, long endTicks);
}

/// <summary>What a device does with a batch.</summary>
public enum DeviceWork
{
    /// <summary>The model is computed.</summary>
    Compute,

    /// <summary>The input is copied from the host.</summary>
    CopyIn,

    /// <summary>The output is copied to the host.</summary>
    CopyOut,
}

using Egress.Backend;
using Egress.Devices;
using Egress.Devices.Simulated;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Segmentation;

/// <summary>Devices with a segmentation model on each, ready for any number of runs.</summary>
public sealed class SegmentationLanes : IDeviceLanes
{
    private readonly DeviceLanes _lanes;

    private SegmentationLanes(SegmentationModelOptions requested, DeviceLanes lanes)
    {
        _lanes = lanes;
        Model = lanes.Lanes[^1].Session is ISegmentationSession session ? session.Model : requested with { ClassCount = Classes(requested) };
    }

    /// <summary>The model, with what it decides itself filled in.</summary>
    public SegmentationModelOptions Model { get; }

    /// <summary>The devices.</summary>
    public IReadOnlyList<DeviceSpec> Devices => _lanes.Devices;

    /// <summary>One lane a device.</summary>
    public IReadOnlyList<PipelineLane> Lanes => _lanes.Lanes;

    /// <summary>The simulated device's durations, where it is one.</summary>
    public SimulatedTiming? Timing => Devices[0].Timing;

    /// <summary>Opens the devices and builds the model on each.</summary>
    /// <param name="model">The model.</param>
    /// <param name="devices">The devices: one, or several of one kind.</param>
    /// <param name="backend">Gives the backend; asked only where a device needs it.</param>
    /// <exception cref="EgressException">A device is missing, or the model does not fit.</exception>
    public static SegmentationLanes Open(SegmentationModelOptions model, IReadOnlyList<DeviceSpec> devices, Func<IBackend> backend)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(devices);
        ArgumentNullException.ThrowIfNull(backend);
        return new SegmentationLanes(model, DeviceLanes.Open(devices, device => device is SimulatedDevice simulated
            ? new SimulatedSession(simulated, model.InputSpec, (model with { ClassCount = Classes(model) }).OutputSpec)
            : backend().CreateSegmentationSession(model, device)));
    }

    /// <summary>Gives models and devices back; no run may use them any more.</summary>
    public void Dispose() => _lanes.Dispose();

    // Nothing runs on a simulated device that could tell how many classes a program has.
    private static int Classes(SegmentationModelOptions model) =>
        model.ClassCount > 0 ? model.ClassCount : new SegmentationModelOptions().ClassCount;
}

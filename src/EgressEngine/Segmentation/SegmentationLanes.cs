using Egress.Devices;
using Egress.Devices.Simulated;
using Egress.Models;
using Egress.Pipeline;
using Egress.Runtime;

namespace Egress.Segmentation;

/// <summary>Devices with a segmentation model on each, ready for any number of runs.</summary>
public sealed class SegmentationLanes : Measurement.IMeasuredModel
{
    private readonly List<PipelineLane> _lanes = [];

    private SegmentationLanes(SegmentationModelOptions model, IReadOnlyList<DeviceSpec> devices)
    {
        Requested = model;
        Model = model;
        Devices = devices;
    }

    /// <summary>The model as it was asked for.</summary>
    public SegmentationModelOptions Requested { get; }

    /// <summary>The model, with what it decides itself filled in.</summary>
    public SegmentationModelOptions Model { get; private set; }

    /// <summary>The devices.</summary>
    public IReadOnlyList<DeviceSpec> Devices { get; }

    /// <summary>One lane a device.</summary>
    public IReadOnlyList<PipelineLane> Lanes => _lanes;

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
        ArgumentOutOfRangeException.ThrowIfLessThan(devices.Count, 1, nameof(devices));
        if (devices.Select(device => device.Kind).Distinct().Count() > 1 || devices.Distinct().Count() < devices.Count)
        {
            throw new EgressException(
                EgressErrorId.DeviceSpecInvalid,
                EgressErrorCategory.InvalidArgument,
                $"A run takes several different devices of one kind, not {string.Join(", ", devices)}.",
                "Name one device, or several GPUs such as cuda:0,cuda:1.",
                string.Join(", ", devices));
        }

        var lanes = new SegmentationLanes(model, devices);
        try
        {
            foreach (var spec in devices)
            {
                var lane = OpenLane(model, spec, backend);
                lanes._lanes.Add(lane);
                lanes.Model = lane.Session is ISegmentationSession session ? session.Model : model with { ClassCount = Classes(model) };
            }

            return lanes;
        }
        catch
        {
            lanes.Dispose();
            throw;
        }
    }

    /// <summary>Gives models and devices back; no run may use them any more.</summary>
    public void Dispose()
    {
        foreach (var lane in _lanes)
        {
            lane.Session.Dispose();
            lane.Device.Dispose();
        }

        _lanes.Clear();
    }

    private static PipelineLane OpenLane(SegmentationModelOptions model, DeviceSpec spec, Func<IBackend> backend)
    {
        var device = DeviceFactory.Open(spec);
        try
        {
            IInferenceSession session = device is SimulatedDevice simulated
                ? new SimulatedSession(simulated, model.InputSpec, (model with { ClassCount = Classes(model) }).OutputSpec)
                : backend().CreateSegmentationSession(model, device);
            return new PipelineLane(device, session);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    // Nothing runs on a simulated device that could tell how many classes a program has.
    private static int Classes(SegmentationModelOptions model) =>
        model.ClassCount > 0 ? model.ClassCount : new SegmentationModelOptions().ClassCount;
}

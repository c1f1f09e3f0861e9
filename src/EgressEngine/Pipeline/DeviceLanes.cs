using Egress.Devices;
using Egress.Models;

namespace Egress.Pipeline;

/// <summary>Devices with one model on each, ready for any number of runs. It owns both.</summary>
public sealed class DeviceLanes : IDisposable
{
    private readonly List<PipelineLane> _lanes = [];

    private DeviceLanes(IReadOnlyList<DeviceSpec> devices) => Devices = devices;

    /// <summary>The devices.</summary>
    public IReadOnlyList<DeviceSpec> Devices { get; }

    /// <summary>One lane a device.</summary>
    public IReadOnlyList<PipelineLane> Lanes => _lanes;

    /// <summary>Opens the devices and builds the model on each.</summary>
    /// <param name="devices">The devices: one, or several of one kind.</param>
    /// <param name="createSession">Builds the model on a device.</param>
    /// <exception cref="EgressException">A device is missing, or the model does not fit.</exception>
    public static DeviceLanes Open(IReadOnlyList<DeviceSpec> devices, Func<IDevice, IInferenceSession> createSession)
    {
        ArgumentNullException.ThrowIfNull(devices);
        ArgumentNullException.ThrowIfNull(createSession);
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

        var lanes = new DeviceLanes(devices);
        try
        {
            foreach (var spec in devices)
            {
                lanes._lanes.Add(OpenLane(spec, createSession));
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

    private static PipelineLane OpenLane(DeviceSpec spec, Func<IDevice, IInferenceSession> createSession)
    {
        var device = DeviceFactory.Open(spec);
        try
        {
            return new PipelineLane(device, createSession(device));
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }
}

using Egress.Devices;

namespace Egress.Cmdlets.Support;

/// <summary>What runs where nothing is said: on which device, in batches of how many.</summary>
internal static class DeviceDefaults
{
    /// <summary>The device where none is named.</summary>
    public static DeviceSpec Default() => new(DeviceKind.Cpu);

    /// <summary>
    /// The batch size where none is given. A CPU computes a batch no faster than its pictures one after the other, and one at a
    /// time its results come sooner; a GPU needs several to be busy.
    /// </summary>
    public static int BatchSize(DeviceKind kind) => kind == DeviceKind.Cpu ? 1 : 16;
}

using System.Globalization;
using Egress.Devices.Simulated;

namespace Egress.Devices;

/// <summary>
/// A device as users name it: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>, or <c>simulated</c>, the last with its durations in
/// milliseconds if wanted: <c>simulated:compute=20,copy=10,processing=40</c>.
/// </summary>
/// <param name="Kind">The kind of device.</param>
/// <param name="Ordinal">Which CUDA device; 0 otherwise.</param>
/// <param name="Timing">The simulated device's durations; null otherwise.</param>
public sealed record DeviceSpec(DeviceKind Kind, int Ordinal = 0, SimulatedTiming? Timing = null)
{
    /// <summary>Reads a device's name.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DeviceSpecInvalid"/>.</exception>
    public static DeviceSpec Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = (colon < 0 ? text : text[..colon]).Trim().ToLowerInvariant();
        var rest = colon < 0 ? null : text[(colon + 1)..].Trim();
        return (name, rest) switch
        {
            ("cpu", null) => new(DeviceKind.Cpu),
            ("cuda", null) => new(DeviceKind.Cuda),
            ("cuda", { } ordinal) when int.TryParse(ordinal, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                => new(DeviceKind.Cuda, number),
            ("simulated", null) => new(DeviceKind.Simulated, Timing: new SimulatedTiming()),
            ("simulated", { } timing) => new(DeviceKind.Simulated, Timing: SimulatedTiming.Parse(timing)),
            _ => throw Invalid(text),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        DeviceKind.Cpu => "cpu",
        DeviceKind.Cuda => string.Create(CultureInfo.InvariantCulture, $"cuda:{Ordinal}"),
        _ => Timing is null ? "simulated" : $"simulated:{Timing}",
    };

    internal static EgressException Invalid(string text) => new(
        EgressErrorId.DeviceSpecInvalid,
        EgressErrorCategory.InvalidArgument,
        $"'{text}' is not the name of a device.",
        "Use cpu, cuda, cuda:N or simulated:compute=MS,copy=MS,processing=MS (also in=MS, fresh=MS, load=MS, compute-item=MS and so on for what an item adds, cores=N, memory=MB, memory-item=MB).",
        text);
}

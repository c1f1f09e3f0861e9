using System.Globalization;

namespace Egress.Devices.Simulated;

/// <summary>How long a simulated device takes for one batch, and the processing of one batch's output takes on one worker.</summary>
public sealed record SimulatedTiming
{
    /// <summary>The model's computation.</summary>
    public TimeSpan Compute { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>The copy of the output into a buffer that exists already.</summary>
    public TimeSpan Copy { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The copy of the output into memory allocated for it; null: as long as <see cref="Copy"/>.</summary>
    public TimeSpan? FreshCopy { get; init; }

    /// <summary>The copy of the input.</summary>
    public TimeSpan CopyIn { get; init; } = TimeSpan.Zero;

    /// <summary>The processing of the output on one worker.</summary>
    public TimeSpan Processing { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Reads <c>compute=20,copy=10,processing=40,in=1,fresh=30</c>: milliseconds, each optional.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DeviceSpecInvalid"/>.</exception>
    public static SimulatedTiming Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var timing = new SimulatedTiming();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0
                || !double.TryParse(part.AsSpan(equals + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds)
                || milliseconds is not (>= 0 and < 1e9))
            {
                throw DeviceSpec.Invalid($"simulated:{text}");
            }

            var duration = TimeSpan.FromMilliseconds(milliseconds);
            timing = part[..equals].Trim().ToLowerInvariant() switch
            {
                "compute" => timing with { Compute = duration },
                "copy" => timing with { Copy = duration },
                "fresh" => timing with { FreshCopy = duration },
                "in" => timing with { CopyIn = duration },
                "processing" => timing with { Processing = duration },
                _ => throw DeviceSpec.Invalid($"simulated:{text}"),
            };
        }

        return timing;
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString()
    {
        var fresh = FreshCopy is { } freshCopy
            ? string.Create(CultureInfo.InvariantCulture, $",fresh={freshCopy.TotalMilliseconds}")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"compute={Compute.TotalMilliseconds},copy={Copy.TotalMilliseconds}{fresh},in={CopyIn.TotalMilliseconds},processing={Processing.TotalMilliseconds}");
    }
}

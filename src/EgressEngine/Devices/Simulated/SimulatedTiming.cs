using System.Globalization;

namespace Egress.Devices.Simulated;

/// <summary>
/// How long a simulated device takes for one batch, and the processing of one batch's output takes on one worker. Each duration has a
/// part that a batch costs whatever its size, and one that each of its items adds.
/// </summary>
public sealed record SimulatedTiming
{
    /// <summary>The model's computation.</summary>
    public TimeSpan Compute { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>What each item adds to it.</summary>
    public TimeSpan ComputeItem { get; init; }

    /// <summary>The copy of the output into a buffer that exists already.</summary>
    public TimeSpan Copy { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>What each item adds to it.</summary>
    public TimeSpan CopyItem { get; init; }

    /// <summary>The copy of the output into memory allocated for it; null: as long as into a buffer.</summary>
    public TimeSpan? FreshCopy { get; init; }

    /// <summary>What each item adds to it, where <see cref="FreshCopy"/> is set.</summary>
    public TimeSpan FreshCopyItem { get; init; }

    /// <summary>The copy of the input.</summary>
    public TimeSpan CopyIn { get; init; } = TimeSpan.Zero;

    /// <summary>What each item adds to it.</summary>
    public TimeSpan CopyInItem { get; init; }

    /// <summary>The processing of the output on one worker.</summary>
    public TimeSpan Processing { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>What each item adds to it.</summary>
    public TimeSpan ProcessingItem { get; init; }

    /// <summary>What a loader takes for an item, besides making it.</summary>
    public TimeSpan Load { get; init; }

    /// <summary>Processors that workers and loaders share; 0: as many as there are threads.</summary>
    public int Cores { get; init; }

    /// <summary>The device's memory in bytes; 0: without an end.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Device memory in bytes that computing takes for each item of a batch.</summary>
    public long MemoryItemBytes { get; init; }

    /// <summary>The computation of so many items.</summary>
    public TimeSpan ComputeTime(int items) => Compute + (items * ComputeItem);

    /// <summary>The copy of so many outputs into a buffer.</summary>
    public TimeSpan CopyTime(int items) => Copy + (items * CopyItem);

    /// <summary>The copy of so many outputs into fresh memory.</summary>
    public TimeSpan FreshCopyTime(int items) => FreshCopy is { } fresh ? fresh + (items * FreshCopyItem) : CopyTime(items);

    /// <summary>The copy of so many inputs.</summary>
    public TimeSpan CopyInTime(int items) => CopyIn + (items * CopyInItem);

    /// <summary>The processing of a batch of so many outputs on one worker.</summary>
    public TimeSpan ProcessingTime(int items) => Processing + (items * ProcessingItem);

    /// <summary>
    /// Reads <c>compute=20,copy=10,processing=40,in=1,fresh=30,load=2</c>: milliseconds, each optional; with <c>compute-item=0.5</c>
    /// and so on for what an item adds; <c>cores=8</c>; <c>memory=16000,memory-item=100</c> in megabytes.
    /// </summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DeviceSpecInvalid"/>.</exception>
    public static SimulatedTiming Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var timing = new SimulatedTiming();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0
                || !double.TryParse(part.AsSpan(equals + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                || number is not (>= 0 and < 1e9))
            {
                throw DeviceSpec.Invalid($"simulated:{text}");
            }

            timing = timing.With(part[..equals].Trim().ToLowerInvariant(), number) ?? throw DeviceSpec.Invalid($"simulated:{text}");
        }

        return timing;
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"compute={Compute.TotalMilliseconds}");
        void Add(string name, double? number, bool always = false)
        {
            if (number is { } value && (always || value != 0))
            {
                text += string.Create(CultureInfo.InvariantCulture, $",{name}={value}");
            }
        }

        Add("compute-item", ComputeItem.TotalMilliseconds);
        Add("copy", Copy.TotalMilliseconds, always: true);
        Add("copy-item", CopyItem.TotalMilliseconds);
        Add("fresh", FreshCopy?.TotalMilliseconds, always: true);
        Add("fresh-item", FreshCopyItem.TotalMilliseconds);
        Add("in", CopyIn.TotalMilliseconds, always: true);
        Add("in-item", CopyInItem.TotalMilliseconds);
        Add("processing", Processing.TotalMilliseconds, always: true);
        Add("processing-item", ProcessingItem.TotalMilliseconds);
        Add("load", Load.TotalMilliseconds);
        Add("cores", Cores);
        Add("memory", MemoryBytes / 1e6);
        Add("memory-item", MemoryItemBytes / 1e6);
        return text;
    }

    private SimulatedTiming? With(string name, double number)
    {
        var duration = TimeSpan.FromMilliseconds(number);
        return name switch
        {
            "compute" => this with { Compute = duration },
            "compute-item" => this with { ComputeItem = duration },
            "copy" => this with { Copy = duration },
            "copy-item" => this with { CopyItem = duration },
            "fresh" => this with { FreshCopy = duration },
            "fresh-item" => this with { FreshCopyItem = duration },
            "in" => this with { CopyIn = duration },
            "in-item" => this with { CopyInItem = duration },
            "processing" => this with { Processing = duration },
            "processing-item" => this with { ProcessingItem = duration },
            "load" => this with { Load = duration },
            "cores" when number is <= 4096 && number == Math.Floor(number) => this with { Cores = (int)number },
            "memory" => this with { MemoryBytes = (long)(number * 1e6) },
            "memory-item" => this with { MemoryItemBytes = (long)(number * 1e6) },
            _ => null,
        };
    }
}

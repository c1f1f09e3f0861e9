using System.Diagnostics;

namespace Egress.Devices.Cpu;

/// <summary>A span of work that runs on the thread that enqueues it.</summary>
internal sealed class ClockSpan : IDeviceSpan
{
    /// <inheritdoc/>
    public long StartTicks { get; } = Stopwatch.GetTimestamp();

    /// <inheritdoc/>
    public long EndTicks { get; private set; }

    /// <inheritdoc/>
    public void End() => EndTicks = Stopwatch.GetTimestamp();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

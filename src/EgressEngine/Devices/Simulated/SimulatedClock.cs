using System.Diagnostics;
using Egress.Runtime;

namespace Egress.Devices.Simulated;

/// <summary>The time axis of simulated devices: the machine's monotonic clock, in <see cref="Stopwatch"/> ticks.</summary>
internal static class SimulatedClock
{
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(50);

    /// <summary>Now.</summary>
    public static long Now => Stopwatch.GetTimestamp();

    /// <summary>A duration in ticks.</summary>
    public static long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * Stopwatch.Frequency);

    /// <summary>Works for a duration, on a processor where there are only so many: whoever finds none free waits for one.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Work(SemaphoreSlim? processors, TimeSpan duration, CancellationToken cancellationToken)
    {
        if (duration <= TimeSpan.Zero)
        {
            return;
        }

        processors?.Wait(cancellationToken);
        try
        {
            WaitUntil(Now + Ticks(duration), cancellationToken);
        }
        finally
        {
            processors?.Release();
        }
    }

    /// <summary>
    /// Waits until a point in time, to about a tenth of a millisecond: <see cref="Thread.Sleep(int)"/> knows whole milliseconds
    /// only, which is too coarse to test formulas with.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void WaitUntil(long ticks, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var remaining = Stopwatch.GetElapsedTime(Now, ticks);
            if (remaining <= TimeSpan.Zero)
            {
                return;
            }

            Libc.Sleep(remaining < Slice ? remaining : Slice);
        }
    }
}

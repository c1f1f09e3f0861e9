using System.Diagnostics;
using Egress.Pipeline;

namespace Egress.Measurement;

/// <summary>How long all threads of each stage together were at it while a window was open.</summary>
internal sealed class StageTimes
{
    private readonly long[] _ticks = new long[Enum.GetValues<PipelineStage>().Length];

    // Closed: what begins and ends before it opens counts nothing.
    private long _start = long.MaxValue;
    private long _end = long.MaxValue;

    /// <summary>Opens the window.</summary>
    /// <param name="ticks">When, in <see cref="Stopwatch"/> ticks.</param>
    public void Open(long ticks) => Volatile.Write(ref _start, ticks);

    /// <summary>Closes it.</summary>
    /// <param name="ticks">When, in <see cref="Stopwatch"/> ticks.</param>
    public void Close(long ticks) => Volatile.Write(ref _end, ticks);

    /// <summary>The times of several windows together.</summary>
    public static StageTimes Sum(IEnumerable<StageTimes> windows)
    {
        var sum = new StageTimes();
        foreach (var window in windows)
        {
            for (var stage = 0; stage < sum._ticks.Length; stage++)
            {
                sum._ticks[stage] += Interlocked.Read(ref window._ticks[stage]);
            }
        }

        return sum;
    }

    /// <summary>Adds what of a piece of work lies in the window.</summary>
    public void Add(PipelineStage stage, long startTicks, long endTicks)
    {
        var inside = Math.Min(endTicks, Volatile.Read(ref _end)) - Math.Max(startTicks, Volatile.Read(ref _start));
        if (inside > 0)
        {
            Interlocked.Add(ref _ticks[(int)stage], inside);
        }
    }

    /// <summary>The time of a stage in seconds.</summary>
    public double Seconds(PipelineStage stage) => (double)Interlocked.Read(ref _ticks[(int)stage]) / Stopwatch.Frequency;
}

namespace Egress.Measurement.Search;

/// <summary>
/// What is known of the parts' rates, and the most that they can be where nothing is known: a search that believes the best of what
/// it has not seen goes there, and then knows.
/// </summary>
internal sealed class PartRates
{
    /// <summary>The share of a batch's time that might not depend on its size, while only one size is known.</summary>
    private const double HopedFixedShare = 0.4;

    private readonly SortedDictionary<int, (double Compute, double CopyOut, double CopyIn)> _seconds = [];
    private readonly SortedDictionary<int, double> _workers = [];
    private readonly SortedDictionary<int, double> _loaders = [];

    /// <summary>Takes up what a run's parts managed alone.</summary>
    public void Learn(PipelineCandidate candidate, ThroughputLimits limits)
    {
        _seconds[candidate.BatchSize] = (1 / limits.Compute, 1 / limits.CopyOut, 1 / limits.CopyIn);
        _workers[candidate.WorkerCount] = limits.Processing * candidate.BatchSize;
        _loaders[candidate.LoaderCount] = limits.Input * candidate.BatchSize;
    }

    /// <summary>The most items a second that a configuration can make.</summary>
    public double Bound(PipelineCandidate candidate)
    {
        var batch = candidate.BatchSize;
        var seconds = Math.Max(
            Seconds(batch, part => part.Compute), Math.Max(Seconds(batch, part => part.CopyOut), Seconds(batch, part => part.CopyIn)));
        var processing = Threads(_workers, candidate.WorkerCount);

        // A buffer is held for the copy and the processing by the workers that share the batch.
        var hold = Seconds(batch, part => part.CopyOut)
            + (batch / Threads(_workers, Math.Min(candidate.WorkerCount, batch)));
        return Math.Min(
            Math.Min(batch / seconds, processing),
            Math.Min(Threads(_loaders, candidate.LoaderCount), batch * candidate.BufferCount / hold));
    }

    /// <summary>
    /// The seconds of a batch: as measured; between two sizes on the line through them, beyond them on the line through the nearest
    /// two, which fixed costs and costs an item make; never less than a smaller batch takes.
    /// </summary>
    private double Seconds(int batch, Func<(double Compute, double CopyOut, double CopyIn), double> part)
    {
        if (_seconds.TryGetValue(batch, out var known))
        {
            return part(known);
        }

        var sizes = _seconds.Keys.ToList();
        if (sizes.Count == 1)
        {
            var only = part(_seconds[sizes[0]]);
            return only * (HopedFixedShare + ((1 - HopedFixedShare) * batch / sizes[0]));
        }

        var above = sizes.FindIndex(size => size > batch);
        var (low, high) = above switch
        {
            -1 => (sizes[^2], sizes[^1]),
            0 => (sizes[0], sizes[1]),
            _ => (sizes[above - 1], sizes[above]),
        };
        var (first, second) = (part(_seconds[low]), part(_seconds[high]));
        var line = first + ((second - first) * (batch - low) / (high - low));
        var floor = above == 0 ? 0 : part(_seconds[above < 0 ? high : low]);
        return Math.Max(line, Math.Max(floor, 1e-12));
    }

    /// <summary>
    /// Items a second of so many threads: as measured; otherwise at most in proportion to fewer that were measured, and no more than
    /// more that were.
    /// </summary>
    private static double Threads(SortedDictionary<int, double> known, int threads)
    {
        if (known.TryGetValue(threads, out var rate))
        {
            return rate;
        }

        var bound = double.PositiveInfinity;
        foreach (var (count, measured) in known)
        {
            bound = Math.Min(bound, count < threads ? measured * threads / count : measured);
        }

        return bound;
    }
}

namespace Egress.Measurement.Search;

/// <summary>
/// Finds the configuration with the highest throughput in few runs. Each run tells not only its own throughput but what its parts
/// manage alone, and that bounds every other configuration. The search tries the one with the highest bound, corrected by how far
/// runs like it stayed below theirs, where parts compete for processors and memory; it ends when no bound promises more.
/// </summary>
public sealed class PipelineSearch
{
    /// <summary>A configuration that promises less than this over the best is not worth a run.</summary>
    private const double WorthARun = 1.005;

    /// <summary>Configurations this near to the best are as good: the one that takes least is chosen.</summary>
    private const double AsGood = 0.99;

    private const int NeighbourSteps = 2;

    /// <summary>How much the hope that nothing competes weighs against a run that differs in nothing.</summary>
    private const double HopeWeight = 0.05;

    private readonly SearchSpace _space;
    private readonly List<PipelineCandidate> _open;
    private readonly Dictionary<PipelineCandidate, double> _measured = [];
    private readonly Dictionary<PipelineCandidate, double> _shortfall = [];
    private readonly PartRates _rates = new();
    private readonly int _maximumRuns;
    private readonly List<int> _batchSizes;
    private readonly List<int> _workerCounts;
    private readonly List<int> _loaderCounts;
    private readonly List<int> _bufferCounts;

    /// <param name="space">What to choose from.</param>
    /// <param name="maximumRuns">The most runs; by default a fifth of the full product, and some in any case.</param>
    public PipelineSearch(SearchSpace space, int? maximumRuns = null)
    {
        ArgumentNullException.ThrowIfNull(space);
        _space = space;
        _open = [.. space.Candidates()];
        _batchSizes = [.. space.BatchSizes.Distinct().Order()];
        _workerCounts = [.. space.WorkerCounts.Distinct().Order()];
        _loaderCounts = [.. space.LoaderCounts.Distinct().Order()];
        _bufferCounts = [.. space.BufferCounts.Distinct().Order()];
        _maximumRuns = maximumRuns ?? Math.Max(3, space.ProductCount / 5);
    }

    /// <summary>Runs so far.</summary>
    public int Runs { get; private set; }

    /// <summary>The most runs that it makes.</summary>
    public int MaximumRuns => _maximumRuns;

    /// <summary>Configurations that the limits allow and that were not tried.</summary>
    public int OpenCount => _open.Count;

    /// <summary>
    /// The best configuration so far; null where none could run. Of those within a hundredth of it, the one with the least memory,
    /// then the fewest threads.
    /// </summary>
    public PipelineCandidate? Best => _measured.Count == 0
        ? null
        : _measured.Where(entry => entry.Value >= AsGood * _measured.Values.Max())
            .Select(entry => entry.Key)
            .MinBy(candidate => (_space.HostBytes(candidate), candidate.WorkerCount + candidate.LoaderCount, candidate.BufferCount));

    /// <summary>Searches.</summary>
    /// <param name="trial">Tries a configuration.</param>
    /// <param name="outOfTime">Whether the time is up; asked before each run but the first.</param>
    /// <returns>Why it ended, one of <see cref="SearchStop"/>.</returns>
    public string Run(Func<PipelineCandidate, TrialOutcome> trial, Func<bool>? outOfTime = null)
    {
        ArgumentNullException.ThrowIfNull(trial);
        while (Next() is { } candidate)
        {
            if (Runs >= _maximumRuns)
            {
                return SearchStop.RunLimit;
            }

            if (Runs > 0 && outOfTime?.Invoke() == true)
            {
                return SearchStop.TimeLimit;
            }

            Runs++;
            Learn(candidate, trial(candidate));
        }

        return _open.Count == 0 ? SearchStop.Exhausted : SearchStop.Converged;
    }

    /// <summary>The configuration to try next; null where nothing promises more than the best.</summary>
    private PipelineCandidate? Next()
    {
        if (_open.Count == 0)
        {
            return null;
        }

        if (_measured.Count == 0)
        {
            return Middle();
        }

        var (best, promise) = _open.Select(candidate => (candidate, Promise(candidate))).MaxBy(entry => entry.Item2);
        return promise > WorthARun * _measured.Values.Max() ? best : Neighbour();
    }

    /// <summary>
    /// What the corrected bounds do not promise may still be so next to the best, where one thread less makes room for another: a
    /// configuration a step away in one number or in two, whose bound as such allows it. Null where all such were tried.
    /// </summary>
    private PipelineCandidate? Neighbour()
    {
        var (best, rate) = _measured.MaxBy(entry => entry.Value);
        return _open
            .Where(candidate => StepsApart(candidate, best) <= NeighbourSteps && _rates.Bound(candidate) > WorthARun * rate)
            .MaxBy(Promise);
    }

    /// <summary>How many steps in their lists two configurations are apart; far where they are more than one apart in any.</summary>
    private int StepsApart(PipelineCandidate first, PipelineCandidate second)
    {
        static int Steps(List<int> sorted, int one, int two) => Math.Abs(sorted.IndexOf(one) - sorted.IndexOf(two)) switch
        {
            var steps and <= 1 => steps,
            _ => NeighbourSteps + 1,
        };

        return Steps(_batchSizes, first.BatchSize, second.BatchSize) + Steps(_workerCounts, first.WorkerCount, second.WorkerCount)
            + Steps(_loaderCounts, first.LoaderCount, second.LoaderCount) + Steps(_bufferCounts, first.BufferCount, second.BufferCount);
    }

    /// <summary>The middle of every list, and of what is left of it.</summary>
    private PipelineCandidate Middle()
    {
        static int MiddleOf(IEnumerable<int> values)
        {
            var sorted = values.Distinct().Order().ToList();
            return sorted[(sorted.Count - 1) / 2];
        }

        var batch = MiddleOf(_open.Select(candidate => candidate.BatchSize));
        var left = _open.Where(candidate => candidate.BatchSize == batch).ToList();
        var workers = MiddleOf(left.Select(candidate => candidate.WorkerCount));
        left = left.FindAll(candidate => candidate.WorkerCount == workers);
        var loaders = MiddleOf(left.Select(candidate => candidate.LoaderCount));
        left = left.FindAll(candidate => candidate.LoaderCount == loaders);
        return left[left.Count / 2];
    }

    private double Promise(PipelineCandidate candidate) => _rates.Bound(candidate) * Share(candidate);

    /// <summary>What share of its bound a configuration can be expected to reach, by those like it.</summary>
    private double Share(PipelineCandidate candidate)
    {
        double sum = HopeWeight, weights = HopeWeight;
        foreach (var (other, share) in _shortfall)
        {
            var weight = Math.Exp(-Distance(candidate, other));
            sum += weight * share;
            weights += weight;
        }

        return sum / weights;
    }

    /// <summary>Half the squared distance, where doubling a number is a step; batch and buffers matter less to who competes.</summary>
    private static double Distance(PipelineCandidate first, PipelineCandidate second)
    {
        static double Steps(int one, int two) => Math.Log2((double)one / two);

        var batch = Steps(first.BatchSize, second.BatchSize) / 2;
        var workers = Steps(first.WorkerCount, second.WorkerCount);
        var loaders = Steps(first.LoaderCount, second.LoaderCount);
        var buffers = Steps(first.BufferCount, second.BufferCount) / 2;
        return ((batch * batch) + (workers * workers) + (loaders * loaders) + (buffers * buffers)) / 2;
    }

    private void Learn(PipelineCandidate candidate, TrialOutcome outcome)
    {
        _open.Remove(candidate);
        if (outcome.Limits is { } limits)
        {
            _rates.Learn(candidate, limits);
        }

        if (outcome.DeviceBytes > _space.MaximumDeviceBytes || outcome.ErrorId == EgressErrorId.DeviceMemoryExhausted)
        {
            _open.RemoveAll(other => other.BatchSize >= candidate.BatchSize);
        }
        else if (outcome.ErrorId == EgressErrorId.HostMemoryExhausted)
        {
            var bytes = _space.HostBytes(candidate);
            _open.RemoveAll(other => _space.HostBytes(other) >= bytes);
        }
        else if (outcome.ItemsPerSecond is { } rate)
        {
            _measured[candidate] = rate;
        }

        // What is known of the parts has changed, and with it how far each run stayed below its bound.
        foreach (var (other, rate) in _measured)
        {
            _shortfall[other] = Math.Min(1, rate / _rates.Bound(other));
        }
    }
}

using Egress.Measurement.Statistics;

namespace Egress.Measurement.Comparison;

/// <summary>Sets two sets of results against each other, configuration by configuration.</summary>
public sealed class ThroughputComparer
{
    private const double Significance = 0.05;

    /// <summary>Degrees of freedom and quantile of the noise that a single repetition's ten blocks of steps tell.</summary>
    private const double BlockDegrees = 9;

    /// <summary>The share by which a configuration has to change to be worth a word, whatever the noise.</summary>
    public double Threshold { get; init; } = 0.03;

    /// <summary>Properties of a configuration that need not be equal for two results to be set against each other.</summary>
    public IReadOnlyCollection<string> IgnoredProperties { get; init; } = [];

    /// <summary>Compares.</summary>
    /// <param name="reference">Before. Several results of one configuration count as more repetitions of it.</param>
    /// <param name="difference">After, likewise.</param>
    /// <returns>One comparison a configuration: in the order of the reference, then what was added.</returns>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OptionInvalid"/>: configurations that differ would count as one.</exception>
    public IReadOnlyList<ThroughputComparison> Compare(IEnumerable<ThroughputResult> reference, IEnumerable<ThroughputResult> difference)
    {
        var before = Group(reference);
        var after = Group(difference);
        var pairs = before.Keys.Concat(after.Keys.Where(key => !before.ContainsKey(key)))
            .Select(key => Pair(key, before.GetValueOrDefault(key), after.GetValueOrDefault(key))).ToList();
        var tested = Enumerable.Range(0, pairs.Count).Where(index => pairs[index].PValue is not null).ToList();
        var adjusted = WelchTest.Adjust([.. tested.Select(index => pairs[index].PValue!.Value)]);
        for (var i = 0; i < tested.Count; i++)
        {
            pairs[tested[i]] = Judge(pairs[tested[i]] with { AdjustedPValue = adjusted[i] });
        }

        return pairs;
    }

    private Dictionary<ThroughputConfiguration, List<ThroughputResult>> Group(IEnumerable<ThroughputResult> results)
    {
        var groups = new Dictionary<ThroughputConfiguration, List<ThroughputResult>>();
        foreach (var result in results)
        {
            var key = Ignore(ThroughputConfiguration.Of(result));
            if (!groups.TryGetValue(key, out var group))
            {
                group = groups[key] = [];
            }

            if (group.Count > 0 && ThroughputConfiguration.Of(group[0]) != ThroughputConfiguration.Of(result))
            {
                throw new EgressException(
                    EgressErrorId.OptionInvalid,
                    EgressErrorCategory.InvalidArgument,
                    $"Without {string.Join(", ", IgnoredProperties)} two configurations of one set are the same: {ThroughputConfiguration.Of(group[0])}, and {ThroughputConfiguration.Of(result)}.",
                    "Name fewer properties with -IgnoreProperty, or give only one of the two.",
                    result);
            }

            group.Add(result);
        }

        return groups;
    }

    private ThroughputConfiguration Ignore(ThroughputConfiguration configuration)
    {
        bool Ignored(string name) => IgnoredProperties.Contains(name, StringComparer.OrdinalIgnoreCase);
        return new ThroughputConfiguration
        {
            Workload = configuration.Workload,
            Strategy = Ignored(nameof(configuration.Strategy)) ? "" : configuration.Strategy,
            Model = Ignored(nameof(configuration.Model)) ? "" : configuration.Model,
            Device = Ignored(nameof(configuration.Device)) ? "" : configuration.Device,
            Precision = Ignored(nameof(configuration.Precision)) ? "" : configuration.Precision,
            OutputKind = Ignored(nameof(configuration.OutputKind)) ? "" : configuration.OutputKind,
            BatchSize = Ignored(nameof(configuration.BatchSize)) ? 0 : configuration.BatchSize,
            ImageSize = Ignored(nameof(configuration.ImageSize)) ? 0 : configuration.ImageSize,
            SequenceLength = Ignored(nameof(configuration.SequenceLength)) ? 0 : configuration.SequenceLength,
            ClassCount = Ignored(nameof(configuration.ClassCount)) ? 0 : configuration.ClassCount,
            WorkerCount = Ignored(nameof(configuration.WorkerCount)) ? 0 : configuration.WorkerCount,
            BufferCount = Ignored(nameof(configuration.BufferCount)) ? 0 : configuration.BufferCount,
            LoaderCount = Ignored(nameof(configuration.LoaderCount)) ? 0 : configuration.LoaderCount,
            Weights = Ignored(nameof(configuration.Weights)) ? null : configuration.Weights,
        };
    }

    private static ThroughputComparison Pair(ThroughputConfiguration key, List<ThroughputResult>? before, List<ThroughputResult>? after)
    {
        var first = Samples(before);
        var second = Samples(after);
        var names = ThroughputConfiguration.Of((before ?? after)![0]);
        var pair = new ThroughputComparison
        {
            Verdict = first.Count == 0 ? ThroughputVerdict.Added
                : second.Count > 0 ? ThroughputVerdict.Unclear
                : after is null ? ThroughputVerdict.Missing : ThroughputVerdict.Failed,
            Workload = key.Workload,
            Strategy = names.Strategy,
            Model = names.Model,
            Device = names.Device,
            Precision = names.Precision,
            OutputKind = names.OutputKind,
            BatchSize = names.BatchSize,
            ImageSize = names.ImageSize,
            SequenceLength = names.SequenceLength,
            ClassCount = names.ClassCount,
            WorkerCount = names.WorkerCount,
            BufferCount = names.BufferCount,
            LoaderCount = names.LoaderCount,
            ReferenceStepsPerSecond = first.Count > 0 ? SampleStatistics.Median(first) : null,
            DifferenceStepsPerSecond = second.Count > 0 ? SampleStatistics.Median(second) : null,
            ReferenceRepeat = first.Count,
            DifferenceRepeat = second.Count,
            ReferenceMachine = Machines(before),
            DifferenceMachine = Machines(after),
            Error = after?.LastOrDefault(result => result.Error is not null)?.Error,
        };
        if (first.Count == 0 || second.Count == 0)
        {
            return pair;
        }

        var logarithm = SampleStatistics.Mean(Logarithms(second)) - SampleStatistics.Mean(Logarithms(first));
        pair = pair with { Change = Math.Exp(logarithm) - 1 };
        if (Estimate(first, before!) is not { } one || Estimate(second, after!) is not { } two)
        {
            return pair;
        }

        var test = WelchTest.Of(one, two);
        return pair with { ChangeLow = Math.Exp(test.Low) - 1, ChangeHigh = Math.Exp(test.High) - 1, PValue = test.PValue };
    }

    private ThroughputComparison Judge(ThroughputComparison pair) => pair with
    {
        Verdict = pair.AdjustedPValue >= Significance || Math.Abs(pair.Change!.Value) < Threshold ? ThroughputVerdict.Same
            : pair.Change > 0 ? ThroughputVerdict.Faster : ThroughputVerdict.Slower,
    };

    private static List<double> Samples(List<ThroughputResult>? results) =>
        [.. (results ?? []).Where(result => result.StepsPerSecond is > 0)
            .SelectMany(result => result.Samples ?? (IEnumerable<double>)[result.StepsPerSecond!.Value])];

    private static List<double> Logarithms(List<double> samples) => [.. samples.Select(sample => Math.Log(sample))];

    /// <summary>
    /// The mean of the logarithms and how sure it is; null where that cannot be told. A single repetition's noise is that between
    /// its own blocks of steps, which says nothing of what differs between runs: repetitions are better.
    /// </summary>
    private static WelchTest.Estimate? Estimate(List<double> samples, List<ThroughputResult> results)
    {
        var logarithms = Logarithms(samples);
        var mean = SampleStatistics.Mean(logarithms);
        if (samples.Count >= 2)
        {
            return new WelchTest.Estimate(mean, SampleStatistics.Variance(logarithms) / samples.Count, samples.Count - 1);
        }

        if (results.FirstOrDefault(result => result.StepsPerSecond is not null)?.Noise is not { } noise)
        {
            return null;
        }

        var deviation = noise / StudentT.Quantile(0.95, BlockDegrees);
        return new WelchTest.Estimate(mean, deviation * deviation, BlockDegrees);
    }

    private static string? Machines(List<ThroughputResult>? results) =>
        results is null ? null : string.Join(", ", results.Select(result => result.Machine).Distinct());
}

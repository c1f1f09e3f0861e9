using Egress.Measurement.Statistics;

namespace Egress.Measurement;

/// <summary>The repetitions of one configuration: makes them as often as asked or needed, and says what they say together.</summary>
internal sealed class RepeatedMeasurement(RepetitionOptions options)
{
    /// <summary>An interval needs two; from three on a single odd one shows.</summary>
    private const int FewestUntilStable = 3;

    private readonly List<ThroughputRun> _runs = [];

    /// <summary>The repetitions so far.</summary>
    public IReadOnlyList<ThroughputRun> Runs => _runs;

    /// <summary>Steps per second of each.</summary>
    public IReadOnlyList<double> Samples => [.. _runs.Select(run => run.StepsPerSecond)];

    /// <summary>The median of them.</summary>
    public double StepsPerSecond => SampleStatistics.Median(Samples);

    /// <summary>Its 95 % confidence interval; null for a single repetition.</summary>
    public (double Low, double High)? Interval => SampleStatistics.MedianInterval(Samples);

    /// <summary>Half the width of the interval over the median, or what a single repetition's steps let one expect of it.</summary>
    public double? Noise => Interval is { } interval
        ? (interval.High - interval.Low) / 2 / StepsPerSecond
        : SampleStatistics.RelativeNoise([.. _runs[0].StepMilliseconds.Skip(_runs[0].FillSteps)]);

    /// <summary>Whether the noise is above the tolerance; null where it is not known.</summary>
    public bool? IsNoisy => Noise is { } noise ? noise > options.Tolerance : null;

    /// <summary>Whether the interval became narrow enough; null where nobody asked.</summary>
    public bool? IsStable => options.UntilStable ? IsNoisy == false : null;

    /// <summary>All steps' times in ascending order.</summary>
    public IReadOnlyList<double> StepMilliseconds => [.. _runs.SelectMany(run => run.StepMilliseconds).Order()];

    /// <summary>Makes the repetitions.</summary>
    /// <param name="run">Makes one, given its number from 0.</param>
    public void Make(Func<int, ThroughputRun> run)
    {
        do
        {
            _runs.Add(run(_runs.Count));
        }
        while (IsAnotherNeeded);
    }

    private bool IsAnotherNeeded => !options.UntilStable
        ? _runs.Count < options.Repeat
        : _runs.Count < Math.Min(Math.Max(options.Repeat, FewestUntilStable), options.MaximumRepeat)
            || (_runs.Count < options.MaximumRepeat && IsNoisy != false);
}

using Egress.Measurement;

namespace Egress.Tests.Measurement;

/// <summary>When repeating ends, and what it says then.</summary>
public sealed class RepeatedMeasurementTests
{
    [Fact]
    public void It_repeats_as_often_as_told_and_the_median_counts()
    {
        var repeated = Make(new RepetitionOptions { Repeat = 4 }, 10, 20, 12, 13);
        Assert.Equal((4, 12.5), (repeated.Runs.Count, repeated.StepsPerSecond));
        Assert.Null(repeated.IsStable);
        Assert.True(repeated.IsNoisy);
    }

    [Fact]
    public void Until_stable_ends_once_the_interval_is_narrow()
    {
        var repeated = Make(new RepetitionOptions { UntilStable = true, Tolerance = 0.05 }, 100, 100.1, 99.9, 1);
        Assert.Equal(3, repeated.Runs.Count);
        Assert.True(repeated.IsStable);
        Assert.False(repeated.IsNoisy);
        Assert.InRange(repeated.Noise!.Value, 0, 0.05);
    }

    [Fact]
    public void Until_stable_goes_on_over_a_disturbed_repetition()
    {
        var repeated = Make(new RepetitionOptions { UntilStable = true, Tolerance = 0.05 }, 100, 60, 100.1, 99.9, 100, 100.2, 99.8, 100, 100.1, 99.9, 1);
        Assert.InRange(repeated.Runs.Count, 6, 10);
        Assert.True(repeated.IsStable);
    }

    [Fact]
    public void Until_stable_ends_at_its_cap_and_says_so()
    {
        var repeated = Make(new RepetitionOptions { UntilStable = true, Tolerance = 0.01, MaximumRepeat = 5 }, 100, 50, 100, 50, 100, 50, 100);
        Assert.Equal(5, repeated.Runs.Count);
        Assert.False(repeated.IsStable);
        Assert.True(repeated.IsNoisy);
    }

    [Fact]
    public void A_single_repetition_is_noisy_where_its_steps_wander_and_says_nothing_where_they_are_few()
    {
        var options = new RepetitionOptions();
        Assert.False(Single(options, [.. Enumerable.Repeat(10.0, 40)]).IsNoisy);
        Assert.True(Single(options, [.. Enumerable.Range(0, 40).Select(step => step < 20 ? 10.0 : 30)]).IsNoisy);
        Assert.Null(Single(options, [.. Enumerable.Repeat(10.0, 10)]).IsNoisy);
    }

    private static RepeatedMeasurement Single(RepetitionOptions options, double[] steps)
    {
        var repeated = new RepeatedMeasurement(options);
        repeated.Make(_ => new ThroughputRun(steps.Length, 1, steps, 0, null));
        return repeated;
    }

    private static RepeatedMeasurement Make(RepetitionOptions options, params double[] rates)
    {
        var repeated = new RepeatedMeasurement(options);
        repeated.Make(number => new ThroughputRun(10, 10 / rates[number], [], 0, null));
        return repeated;
    }
}

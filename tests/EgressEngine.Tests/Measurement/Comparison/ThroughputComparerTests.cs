using Egress.Measurement.Comparison;
using Egress.Measurement.Statistics;

namespace Egress.Tests.Measurement.Comparison;

/// <summary>Which differences are said to be larger than the noise.</summary>
public sealed class ThroughputComparerTests
{
    private readonly ThroughputComparer _comparer = new();

    [Theory]
    [InlineData(0.9, "Slower")]
    [InlineData(1.1, "Faster")]
    [InlineData(1.01, "Same")]
    public void A_change_beyond_noise_and_threshold_is_named(double factor, string verdict)
    {
        double[] before = [100, 100.5, 99.5, 100.2];
        var comparison = Assert.Single(_comparer.Compare(
            [SampleResults.Measured(1, before)], [SampleResults.Measured(1, [.. before.Select(value => factor * value)])]));
        Assert.Equal(verdict, comparison.Verdict);
        Assert.Equal(factor - 1, comparison.Change!.Value, 9);
        Assert.InRange(comparison.Change.Value, comparison.ChangeLow!.Value, comparison.ChangeHigh!.Value);
    }

    [Fact]
    public void A_large_change_within_larger_noise_is_the_same() => Assert.Equal(
        "Same",
        Assert.Single(_comparer.Compare([SampleResults.Measured(1, 100, 140, 70)], [SampleResults.Measured(1, 85, 120, 60)])).Verdict);

    [Fact]
    public void Of_many_configurations_that_did_not_change_hardly_ever_is_one_named()
    {
        // 200 nights of 40 configurations with noise of 2 %: at 5 % a night ten are expected to name one, and without regard to
        // their number nearly all would.
        var random = new Random(5);
        double[] Night() => [.. Enumerable.Range(0, 5).Select(_ => 100 * (1 + (0.02 * Normal(random))))];
        var comparer = new ThroughputComparer { Threshold = 0 };
        var nights = Enumerable.Range(0, 200).Count(_ => comparer.Compare(
                Enumerable.Range(1, 40).Select(batch => SampleResults.Measured(batch, Night())).ToList(),
                Enumerable.Range(1, 40).Select(batch => SampleResults.Measured(batch, Night())).ToList())
            .Any(comparison => comparison.Verdict != ThroughputVerdict.Same));
        Assert.InRange(nights, 0, 20);
    }

    [Fact]
    public void A_tenth_less_among_many_is_found_nearly_always()
    {
        var random = new Random(6);
        double[] Night(double mean) => [.. Enumerable.Range(0, 5).Select(_ => mean * (1 + (0.01 * Normal(random))))];
        var found = Enumerable.Range(0, 100).Count(_ => _comparer.Compare(
                Enumerable.Range(1, 40).Select(batch => SampleResults.Measured(batch, Night(100))).ToList(),
                Enumerable.Range(1, 40).Select(batch => SampleResults.Measured(batch, Night(batch == 7 ? 90 : 100))).ToList())
            .Single(comparison => comparison.BatchSize == 7).Verdict == ThroughputVerdict.Slower);
        Assert.InRange(found, 97, 100);
    }

    [Fact]
    public void What_is_on_one_side_only_or_failed_says_so()
    {
        var comparisons = _comparer.Compare(
            [SampleResults.Measured(1, 1, 1), SampleResults.Measured(2, 1, 1), SampleResults.Failed(3)],
            [SampleResults.Failed(2), SampleResults.Measured(3, 1, 1), SampleResults.Measured(4, 1, 1)]);
        Assert.Equal(["Missing", "Failed", "Added", "Added"], comparisons.Select(comparison => comparison.Verdict));
        Assert.Equal("Too large.", comparisons[1].Error);
    }

    [Fact]
    public void A_single_repetition_has_its_own_noise_or_says_nothing()
    {
        var before = SampleResults.Measured(1, 100);
        Assert.Equal("Unclear", Assert.Single(_comparer.Compare([before], [SampleResults.Measured(1, 50)])).Verdict);
        Assert.Equal(
            "Slower", Assert.Single(_comparer.Compare([before with { Noise = 0.01 }], [SampleResults.Measured(1, 50) with { Noise = 0.02 }])).Verdict);
        Assert.Equal(
            "Same", Assert.Single(_comparer.Compare([before with { Noise = 0.3 }], [SampleResults.Measured(1, 80) with { Noise = 0.3 }])).Verdict);
    }

    [Fact]
    public void Several_results_of_a_configuration_are_more_repetitions_of_it()
    {
        var comparison = Assert.Single(_comparer.Compare(
            [SampleResults.Measured(1, 100), SampleResults.Measured(1, 101), SampleResults.Measured(1, 99)], [SampleResults.Measured(1, 80, 81)]));
        Assert.Equal((3, 2, "Slower"), (comparison.ReferenceRepeat, comparison.DifferenceRepeat, comparison.Verdict));
    }

    [Fact]
    public void What_is_ignored_may_differ_but_must_not_make_two_the_same()
    {
        var other = SampleResults.Measured(1, 50, 51, 49) with { Device = "cpu" };
        var comparer = new ThroughputComparer { IgnoredProperties = ["device"] };
        Assert.Equal("Slower", Assert.Single(comparer.Compare([SampleResults.Measured(1, 100, 101, 99)], [other])).Verdict);
        Assert.Equal(
            EgressErrorId.OptionInvalid,
            Assert.Throws<EgressException>(() => comparer.Compare([SampleResults.Measured(1, 1, 2), other], [])).ErrorId);
    }

    [Fact]
    public void Welchs_test_gives_what_integrating_the_density_gives()
    {
        double[] first = [27.5, 21, 19, 23.6, 17, 17.9];
        double[] second = [27.1, 22, 20.8, 23.4, 23.4, 23.5];
        var test = WelchTest.Of(Estimate(first), Estimate(second));
        var expected = Expected(first, second);
        Assert.Equal(expected.P, test.PValue, 10);
        Assert.Equal(expected.Difference, test.Difference, 10);
    }

    [Fact]
    public void Holms_adjustment_multiplies_the_least_the_most_and_keeps_their_order() =>
        Assert.Equal([0.03, 0.06, 0.06, 0.02], WelchTest.Adjust([0.01, 0.04, 0.03, 0.005]), (one, two) => Math.Abs(one - two) < 1e-12);

    private static WelchTest.Estimate Estimate(double[] values) =>
        new(SampleStatistics.Mean(values), SampleStatistics.Variance(values) / values.Length, values.Length - 1);

    /// <summary>Student's two-sided probability by integrating its density, apart from how the test does it.</summary>
    private static (double P, double Difference) Expected(double[] first, double[] second)
    {
        var (a, b) = (Estimate(first), Estimate(second));
        var variance = a.Variance + b.Variance;
        var t = Math.Abs(a.Mean - b.Mean) / Math.Sqrt(variance);
        var degrees = variance * variance / ((a.Variance * a.Variance / a.Degrees) + (b.Variance * b.Variance / b.Degrees));
        double Density(double x) => Math.Pow(1 + (x * x / degrees), -(degrees + 1) / 2);
        double Integral(double to)
        {
            const int Parts = 200_000;
            var width = to / Parts;
            return Enumerable.Range(0, Parts).Sum(part => Density((part + 0.5) * width)) * width;
        }

        // The whole, with x = u / (1 - u) for the tail.
        const int Steps = 400_000;
        var whole = Enumerable.Range(0, Steps).Sum(step =>
        {
            var u = (step + 0.5) / Steps;
            return Density(u / (1 - u)) / ((1 - u) * (1 - u));
        }) / Steps;
        return (1 - (Integral(t) / whole), b.Mean - a.Mean);
    }

    private static double Normal(Random random) => Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6;
}

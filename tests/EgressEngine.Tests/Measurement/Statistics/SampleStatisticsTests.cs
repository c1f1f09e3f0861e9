using Egress.Measurement.Statistics;

namespace Egress.Tests.Measurement.Statistics;

public sealed class SampleStatisticsTests
{
    [Fact]
    public void The_median_of_an_even_number_lies_between_the_middle_two()
    {
        Assert.Equal(2, SampleStatistics.Median([3, 1, 2]));
        Assert.Equal(2.5, SampleStatistics.Median([4, 1, 3, 2]));
        Assert.True(double.IsNaN(SampleStatistics.Median([])));
    }

    [Fact]
    public void Percentiles_are_values_that_were_seen()
    {
        double[] sorted = [.. Enumerable.Range(1, 200).Select(value => (double)value)];
        Assert.Equal(100, SampleStatistics.Percentile(sorted, 0.5));
        Assert.Equal(180, SampleStatistics.Percentile(sorted, 0.9));
        Assert.Equal(198, SampleStatistics.Percentile(sorted, 0.99));
        Assert.Equal(7, SampleStatistics.Percentile([7], 0.99));
    }

    [Fact]
    public void One_value_has_no_interval_and_few_have_students()
    {
        Assert.Null(SampleStatistics.MedianInterval([5]));

        // Mean 10, deviation 1, so 2.4841 on either side: 4.3027 / √3.
        var (low, high) = SampleStatistics.MedianInterval([9, 10, 11])!.Value;
        Assert.Equal(10 - 2.4841, low, 4);
        Assert.Equal(10 + 2.4841, high, 4);
    }

    // The ranks that tables of the sign test give for 95 %.
    [Theory]
    [InlineData(6, 1, 6)]
    [InlineData(8, 1, 8)]
    [InlineData(9, 2, 8)]
    [InlineData(12, 3, 10)]
    [InlineData(20, 6, 15)]
    [InlineData(25, 8, 18)]
    public void Six_and_more_have_an_interval_between_two_of_them(int count, double low, double high) =>
        Assert.Equal((low, high), SampleStatistics.MedianInterval([.. Enumerable.Range(1, count).Select(value => (double)value).Reverse()]));

    [Fact]
    public void One_disturbed_repetition_of_ten_does_not_widen_the_interval()
    {
        double[] calm = [100, 101, 99, 100, 102, 98, 100, 101, 99, 100];
        double[] disturbed = [.. calm[..9], 20];
        Assert.Equal(SampleStatistics.MedianInterval(calm)!.Value.High, SampleStatistics.MedianInterval(disturbed)!.Value.High, 0);
        Assert.True(SampleStatistics.MedianInterval(disturbed)!.Value.Low >= 98);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(9)]
    [InlineData(15)]
    public void The_interval_holds_the_median_about_as_often_as_it_says(int count)
    {
        var random = new Random(7 * count);
        const int Trials = 4000;
        var held = 0;
        for (var trial = 0; trial < Trials; trial++)
        {
            // Normal deviates by the sum of twelve uniform ones; the median of what they come from is 0.
            var values = Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6).ToList();
            var (low, high) = SampleStatistics.MedianInterval(values)!.Value;
            held += low <= 0 && high >= 0 ? 1 : 0;
        }

        Assert.InRange((double)held / Trials, 0.94, 0.995);
    }

    [Fact]
    public void A_steady_run_has_no_noise_a_wandering_one_has_and_a_short_one_does_not_tell()
    {
        Assert.Null(SampleStatistics.RelativeNoise(new double[19]));
        Assert.Equal(0, SampleStatistics.RelativeNoise([.. Enumerable.Repeat(5.0, 100)]));

        // Steps that alternate are as steady as equal ones; a run whose second half is twice as slow is not.
        Assert.Equal(0, SampleStatistics.RelativeNoise([.. Enumerable.Range(0, 100).Select(step => 5.0 + (step % 2))])!.Value, 12);
        Assert.True(SampleStatistics.RelativeNoise([.. Enumerable.Range(0, 100).Select(step => step < 50 ? 5.0 : 10.0)]) > 0.2);
    }
}

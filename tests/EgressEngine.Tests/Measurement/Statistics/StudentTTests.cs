using Egress.Measurement.Statistics;

namespace Egress.Tests.Measurement.Statistics;

/// <summary>Against the tables of the distribution that textbooks print, and its closed forms.</summary>
public sealed class StudentTTests
{
    [Theory]
    [InlineData(1, 12.7062)]
    [InlineData(2, 4.3027)]
    [InlineData(3, 3.1824)]
    [InlineData(4, 2.7764)]
    [InlineData(9, 2.2622)]
    [InlineData(30, 2.0423)]
    [InlineData(1000, 1.9623)]
    public void The_middle_95_percent_reach_as_far_as_tables_say(double degrees, double expected) =>
        Assert.Equal(expected, StudentT.Quantile(0.95, degrees), 4);

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    [InlineData(1)]
    [InlineData(7.5)]
    [InlineData(200)]
    public void One_and_two_degrees_follow_their_closed_forms(double t)
    {
        Assert.Equal(1 - (2 / Math.PI * Math.Atan(t)), StudentT.TwoSided(t, 1), 12);
        Assert.Equal(1 - (t / Math.Sqrt(2 + (t * t))), StudentT.TwoSided(t, 2), 12);
    }

    [Theory]
    [InlineData(2.5)]
    [InlineData(7.31)]
    [InlineData(41.9)]
    public void Quantile_and_probability_undo_each_other_for_degrees_that_are_not_whole(double degrees)
    {
        foreach (var confidence in (double[])[0.5, 0.9, 0.95, 0.999])
        {
            Assert.Equal(1 - confidence, StudentT.TwoSided(StudentT.Quantile(confidence, degrees), degrees), 10);
        }
    }

    [Fact]
    public void What_is_infinitely_far_is_never_met() => Assert.Equal(0, StudentT.TwoSided(double.PositiveInfinity, 5));
}

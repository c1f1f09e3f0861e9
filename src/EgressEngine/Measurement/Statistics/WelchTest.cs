namespace Egress.Measurement.Statistics;

/// <summary>Whether two means differ, where neither the numbers of values nor their spreads need be the same.</summary>
/// <param name="Difference">The second mean less the first.</param>
/// <param name="Low">The lower end of its 95 % confidence interval.</param>
/// <param name="High">Its upper end.</param>
/// <param name="PValue">How probable a difference at least as large is where there is none.</param>
internal sealed record WelchTest(double Difference, double Low, double High, double PValue)
{
    /// <summary>Makes the test.</summary>
    public static WelchTest Of(Estimate first, Estimate second)
    {
        var difference = second.Mean - first.Mean;
        var variance = first.Variance + second.Variance;
        if (variance <= 0)
        {
            return new WelchTest(difference, difference, difference, difference == 0 ? 1 : 0);
        }

        // Welch and Satterthwaite's degrees of freedom.
        var degrees = variance * variance / (Part(first) + Part(second));
        var half = StudentT.Quantile(0.95, degrees) * Math.Sqrt(variance);
        return new WelchTest(
            difference, difference - half, difference + half, StudentT.TwoSided(difference / Math.Sqrt(variance), degrees));
    }

    /// <summary>Holm's adjustment: what each probability is with regard to how many there are, in their order.</summary>
    public static IReadOnlyList<double> Adjust(IReadOnlyList<double> values)
    {
        var adjusted = new double[values.Count];
        var least = 0.0;
        var rank = 0;
        foreach (var index in Enumerable.Range(0, values.Count).OrderBy(index => values[index]))
        {
            least = Math.Max(least, Math.Min(1, values[index] * (values.Count - rank++)));
            adjusted[index] = least;
        }

        return adjusted;
    }

    private static double Part(Estimate estimate) => estimate.Variance * estimate.Variance / estimate.Degrees;

    /// <summary>A mean, the variance of that mean, and its degrees of freedom.</summary>
    internal readonly record struct Estimate(double Mean, double Variance, double Degrees);
}

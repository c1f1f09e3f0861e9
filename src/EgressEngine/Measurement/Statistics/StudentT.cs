namespace Egress.Measurement.Statistics;

/// <summary>Student's t distribution, whose degrees of freedom need not be whole, as Welch's are not.</summary>
internal static class StudentT
{
    private const int MaximumTerms = 300;

    /// <summary>The probability that a value is farther from zero than this one, on either side.</summary>
    /// <param name="t">The value.</param>
    /// <param name="degrees">Degrees of freedom, above 0.</param>
    public static double TwoSided(double t, double degrees) =>
        double.IsInfinity(t) ? 0 : IncompleteBeta(degrees / 2, 0.5, degrees / (degrees + (t * t)));

    /// <summary>The value that the distribution's middle part of this probability reaches to on either side.</summary>
    /// <param name="confidence">The probability, for example 0.95.</param>
    /// <param name="degrees">Degrees of freedom, above 0.</param>
    public static double Quantile(double confidence, double degrees)
    {
        var outside = 1 - confidence;
        var (low, high) = (0.0, 1.0);
        while (TwoSided(high, degrees) > outside)
        {
            (low, high) = (high, 2 * high);
        }

        // Halving is as exact as the numbers are after some fifty steps, and needs no derivative.
        for (var step = 0; step < 80; step++)
        {
            var middle = (low + high) / 2;
            (low, high) = TwoSided(middle, degrees) > outside ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }

    /// <summary>The regularised incomplete beta function, by its continued fraction (Lentz's method).</summary>
    private static double IncompleteBeta(double a, double b, double x)
    {
        if (x is <= 0 or >= 1)
        {
            return x <= 0 ? 0 : 1;
        }

        // The fraction converges quickly on this side of the mean only.
        if (x > (a + 1) / (a + b + 2))
        {
            return 1 - IncompleteBeta(b, a, 1 - x);
        }

        var front = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + (a * Math.Log(x)) + (b * Math.Log(1 - x))) / a;
        return front * Fraction(a, b, x);
    }

    private static double Fraction(double a, double b, double x)
    {
        var c = 1.0;
        var d = 1 / NotZero(1 - ((a + b) * x / (a + 1)));
        var value = d;
        for (var m = 1; m <= MaximumTerms; m++)
        {
            var even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            d = 1 / NotZero(1 + (even * d));
            c = NotZero(1 + (even / c));
            value *= d * c;

            var odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            d = 1 / NotZero(1 + (odd * d));
            c = NotZero(1 + (odd / c));
            value *= d * c;
            if (Math.Abs((d * c) - 1) < 1e-15)
            {
                break;
            }
        }

        return value;
    }

    private static double NotZero(double value) => Math.Abs(value) < 1e-300 ? 1e-300 : value;

    /// <summary>The logarithm of the gamma function for positive arguments, by Lanczos's approximation.</summary>
    private static double LogGamma(double x)
    {
        ReadOnlySpan<double> coefficients =
        [
            676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012,
            9.9843695780195716e-6, 1.5056327351493116e-7,
        ];
        if (x < 0.5)
        {
            return Math.Log(Math.PI / Math.Sin(Math.PI * x)) - LogGamma(1 - x);
        }

        x--;
        var sum = 0.99999999999980993;
        for (var i = 0; i < coefficients.Length; i++)
        {
            sum += coefficients[i] / (x + i + 1);
        }

        var t = x + coefficients.Length - 0.5;
        return (0.5 * Math.Log(2 * Math.PI)) + ((x + 0.5) * Math.Log(t)) - t + Math.Log(sum);
    }
}

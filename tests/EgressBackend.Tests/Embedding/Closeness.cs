namespace Egress.Backend.Tests.Embedding;

/// <summary>How near vectors are to those of a reference.</summary>
internal static class Closeness
{
    /// <summary>Compares values, the tolerance being a share of the largest one.</summary>
    public static void AssertClose(IReadOnlyList<double> expected, IReadOnlyList<float> actual, double tolerance)
    {
        // With a vector for each token, those of padding follow.
        Assert.InRange(actual.Count, expected.Count, int.MaxValue);
        var largest = expected.Max(Math.Abs);
        Assert.InRange(largest, 1e-3, 1e6);
        Assert.InRange(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max(), 0, tolerance * largest);
    }

    /// <summary>The cosine of the angle between two vectors.</summary>
    public static double Cosine(IReadOnlyList<double> a, IReadOnlyList<float> b) => a.Zip(b, (x, y) => x * y).Sum()
        / Math.Sqrt(a.Sum(x => x * x) * b.Sum(y => (double)y * y)) * (1 - 1e-15);
}

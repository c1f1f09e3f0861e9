namespace Egress.Measurement.Statistics;

/// <summary>What some numbers say together, and how sure.</summary>
internal static class SampleStatistics
{
    /// <summary>From this many on the median's interval is one between two of the values themselves.</summary>
    private const int RanksFrom = 6;

    /// <summary>Blocks that one run's steps are cut into, to see how steady it was.</summary>
    private const int BlockCount = 10;

    /// <summary>The middle value, or the mean of the middle two; NaN where there is none.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? double.NaN : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>The value that a share of all values does not exceed (nearest rank); NaN where there is none.</summary>
    public static double Percentile(IReadOnlyList<double> sorted, double share) =>
        sorted.Count == 0 ? double.NaN : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Count) - 1)];

    /// <summary>The mean.</summary>
    public static double Mean(IReadOnlyCollection<double> values) => values.Sum() / values.Count;

    /// <summary>The variance of what the values are a sample of; 0 for a single one.</summary>
    public static double Variance(IReadOnlyCollection<double> values)
    {
        var mean = Mean(values);
        return values.Count < 2 ? 0 : values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1);
    }

    /// <summary>
    /// The 95 % confidence interval of the median; null for fewer than two values. From six values on it lies between two of
    /// them, by the binomial distribution: nothing is assumed of theirs, and one repetition that something disturbed does not
    /// widen it. Fewer than six say nothing at 95 % that way, so theirs is Student's interval around the mean, stretched to hold
    /// the median.
    /// </summary>
    public static (double Low, double High)? MedianInterval(IReadOnlyCollection<double> values, double confidence = 0.95)
    {
        if (values.Count < 2)
        {
            return null;
        }

        if (values.Count >= RanksFrom)
        {
            var sorted = values.Order().ToList();
            var rank = LowerRank(values.Count, confidence);
            return (sorted[rank], sorted[^(rank + 1)]);
        }

        var mean = Mean(values);
        var half = StudentT.Quantile(confidence, values.Count - 1) * Math.Sqrt(Variance(values) / values.Count);
        var median = Median(values);
        return (Math.Min(mean - half, median), Math.Max(mean + half, median));
    }

    /// <summary>
    /// Half the width of the 95 % confidence interval of a single run's mean step time, over that mean: from the means of ten
    /// blocks of neighbouring steps, which hardly depend on each other as single steps do. Null for fewer than two steps a block.
    /// </summary>
    public static double? RelativeNoise(IReadOnlyList<double> steps)
    {
        if (steps.Count < 2 * BlockCount)
        {
            return null;
        }

        var means = new double[BlockCount];
        for (var block = 0; block < BlockCount; block++)
        {
            var first = block * steps.Count / BlockCount;
            var end = (block + 1) * steps.Count / BlockCount;
            means[block] = Mean([.. steps.Skip(first).Take(end - first)]);
        }

        return StudentT.Quantile(0.95, BlockCount - 1) * Math.Sqrt(Variance(means) / BlockCount) / Mean(means);
    }

    /// <summary>How many values at either end the interval can do without.</summary>
    private static int LowerRank(int count, double confidence)
    {
        // The probability that fewer than so many of the values lie below the median: a binomial sum, half each.
        var term = Math.Pow(0.5, count);
        var below = term;
        var rank = 0;
        for (var i = 1; i <= count / 2; i++)
        {
            term *= (double)(count - i + 1) / i;
            if (2 * (below + term) > 1 - confidence)
            {
                break;
            }

            below += term;
            rank = i;
        }

        return rank;
    }
}

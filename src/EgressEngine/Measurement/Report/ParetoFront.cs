namespace Egress.Measurement.Report;

/// <summary>The Pareto front of throughput against memory.</summary>
public static class ParetoFront
{
    /// <summary>
    /// The items that no other item beats: none costs at most as much and gives at least as much, and is better in one of the two.
    /// </summary>
    /// <param name="items">The items.</param>
    /// <param name="cost">What an item costs.</param>
    /// <param name="gain">What it gives.</param>
    /// <returns>The front, in ascending order of cost, and so of gain; of equal items the first.</returns>
    public static IReadOnlyList<T> Find<T>(IEnumerable<T> items, Func<T, double> cost, Func<T, double> gain)
    {
        var front = new List<T>();
        var best = double.NegativeInfinity;
        foreach (var item in items.OrderBy(cost).ThenByDescending(gain))
        {
            if (gain(item) > best)
            {
                best = gain(item);
                front.Add(item);
            }
        }

        return front;
    }
}

namespace Egress.Backend.Tensors;

/// <summary>Finds a batch size that runs after one did not.</summary>
internal static class FittingBatch
{
    /// <summary>
    /// The largest size found that fits: by halving until one does, then by halving the distance to the smallest that did not,
    /// until it is within an eighth. About as many trials as the failed size has bits. The size is tried once more at the end: what
    /// larger ones have left behind in an allocator's cache can be in the way of one that fitted before them.
    /// </summary>
    /// <param name="failed">The size that did not fit.</param>
    /// <param name="fits">Tries a size.</param>
    /// <returns>The size; 0 where not even 1 fits.</returns>
    public static int Find(int failed, Func<int, bool> fits)
    {
        var largest = failed / 2;
        while (largest > 0 && !fits(largest))
        {
            failed = largest;
            largest /= 2;
        }

        while (largest > 0 && failed - largest > Math.Max(1, largest / 8))
        {
            var middle = largest + ((failed - largest) / 2);
            if (fits(middle))
            {
                largest = middle;
            }
            else
            {
                failed = middle;
            }
        }

        while (largest > 0 && !fits(largest))
        {
            largest /= 2;
        }

        return largest;
    }
}

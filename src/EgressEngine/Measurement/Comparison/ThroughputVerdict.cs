namespace Egress.Measurement.Comparison;

/// <summary>What a comparison finds of a configuration. Texts, so that they stay themselves in JSON and tables.</summary>
public static class ThroughputVerdict
{
    /// <summary>It became faster by more than the threshold and the noise.</summary>
    public const string Faster = nameof(Faster);

    /// <summary>It became slower by more than the threshold and the noise.</summary>
    public const string Slower = nameof(Slower);

    /// <summary>The difference is below the threshold, or may well be noise.</summary>
    public const string Same = nameof(Same);

    /// <summary>Nothing can be said: a single repetition with too few steps on either side.</summary>
    public const string Unclear = nameof(Unclear);

    /// <summary>It was measured before and now failed.</summary>
    public const string Failed = nameof(Failed);

    /// <summary>It was measured before and is not there now.</summary>
    public const string Missing = nameof(Missing);

    /// <summary>It was not there before, or had failed.</summary>
    public const string Added = nameof(Added);
}

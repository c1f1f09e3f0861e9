namespace Egress.Measurement;

/// <summary>What became of a configuration. Texts, so that they stay themselves in JSON and tables.</summary>
public static class ThroughputStatus
{
    /// <summary>It was measured.</summary>
    public const string Measured = nameof(Measured);

    /// <summary>It could not run; its error is its result.</summary>
    public const string Failed = nameof(Failed);
}

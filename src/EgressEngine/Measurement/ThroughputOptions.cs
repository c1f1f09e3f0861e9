namespace Egress.Measurement;

/// <summary>How long a configuration is measured.</summary>
public sealed record ThroughputOptions
{
    /// <summary>Steps before the clock starts: first allocations, caches, the choice of convolution algorithms.</summary>
    public int WarmupSteps { get; init; } = 10;

    /// <summary>Steps that are measured.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Steps after the clock stops, so that the last measured one runs under the same load as the others.</summary>
    public int CooldownSteps { get; init; } = 1;

    /// <summary>Steps whose bytes are compared with a plain synchronous copy before anything is measured; 0: none.</summary>
    public int VerifySteps { get; init; } = 2;

    /// <summary>Whether the limits are measured as well.</summary>
    public bool MeasureLimits { get; init; } = true;

    /// <summary>All steps of a run.</summary>
    public int TotalSteps => WarmupSteps + Steps + CooldownSteps;
}

namespace Egress.Measurement;

/// <summary>How often a configuration is measured.</summary>
public sealed record RepetitionOptions
{
    /// <summary>Repetitions, or the fewest of them where <see cref="UntilStable"/> is set.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>Whether to repeat until the confidence interval is narrow enough.</summary>
    public bool UntilStable { get; init; }

    /// <summary>Half the width of the interval over the median that is narrow enough; above it a result is noisy.</summary>
    public double Tolerance { get; init; } = 0.05;

    /// <summary>The most repetitions of <see cref="UntilStable"/>.</summary>
    public int MaximumRepeat { get; init; } = 20;
}

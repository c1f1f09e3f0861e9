namespace Egress.Measurement;

/// <summary>
/// How many steps a second each part of a run manages when it runs alone. The lowest is the limit of them all, which a perfect
/// overlap would reach.
/// </summary>
/// <param name="Compute">The model alone.</param>
/// <param name="CopyOut">Copies of the output into pinned memory alone, on a stream of their own.</param>
/// <param name="CopyIn">Copies of the input alone.</param>
/// <param name="Processing">All workers processing outputs that are there already.</param>
/// <param name="Input">All loaders loading inputs that nobody waits for.</param>
public sealed record ThroughputLimits(double Compute, double CopyOut, double CopyIn, double Processing, double Input)
{
    /// <summary>The limit in steps per second.</summary>
    public double StepsPerSecond => All.Min(limit => limit.StepsPerSecond);

    /// <summary>What sets it.</summary>
    public LimitingStage LimitedBy => All.MinBy(limit => limit.StepsPerSecond).Stage;

    private IEnumerable<(LimitingStage Stage, double StepsPerSecond)> All =>
    [
        (LimitingStage.Compute, Compute),
        (LimitingStage.CopyOut, CopyOut),
        (LimitingStage.CopyIn, CopyIn),
        (LimitingStage.Processing, Processing),
        (LimitingStage.Input, Input),
    ];
}

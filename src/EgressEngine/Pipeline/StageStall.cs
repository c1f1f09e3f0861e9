namespace Egress.Pipeline;

/// <summary>A stage that has not come on for a while.</summary>
/// <param name="Stage">Which: its thread's name.</param>
/// <param name="Batch">What it works on; -1 where all stages wait for each other.</param>
/// <param name="Duration">For how long.</param>
/// <param name="Report">Where everything is.</param>
public sealed record StageStall(string Stage, long Batch, TimeSpan Duration, string Report)
{
    /// <inheritdoc/>
    public override string ToString() => Batch < 0
        ? $"No stage comes on since {Duration.TotalSeconds:0.#} s."
        : $"The {Stage} stage has been at batch {Batch} for {Duration.TotalSeconds:0.#} s.";
}

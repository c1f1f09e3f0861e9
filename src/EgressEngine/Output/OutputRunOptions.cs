using Egress.Output.Journal;

namespace Egress.Output;

/// <summary>How a run uses its destination.</summary>
public sealed record OutputRunOptions
{
    /// <summary>What decides the content of the outputs.</summary>
    public required RunSettings Settings { get; init; }

    /// <summary>What to do about outputs that are there already.</summary>
    public OutputMode Mode { get; init; } = OutputMode.Keep;

    /// <summary>The run's share of the destination: empty for all of it, or a shard's name, of letters, digits and hyphens.</summary>
    public string Scope { get; init; } = "";

    /// <summary>
    /// How often the run's claim is renewed and what was committed is made durable. A crash of the machine, not of the process,
    /// can undo what was committed since; a resumed run reads those outputs to see.
    /// </summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the last checkpoint may take before the run ends with an error; null: as long as it takes.</summary>
    public TimeSpan? EndTimeout { get; init; }
}

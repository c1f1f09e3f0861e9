using Egress.Output.Journal;

namespace Egress.Output;

/// <summary>An item's reserved place in the destination, and what is there already.</summary>
public sealed record OutputTicket
{
    /// <summary>The item's key: the name of its output without the extension.</summary>
    public required string Item { get; init; }

    /// <summary>The names of its files, the one that stands for all first.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Full path or URI of the first file.</summary>
    public required string Location { get; init; }

    /// <summary>What it is made from, or null.</summary>
    public OutputSource? Source { get; init; }

    /// <summary>Whether its output is there already, so that there is nothing to do.</summary>
    public bool IsDone { get; init; }

    /// <summary>Whether its output was committed before and is made again, because it is damaged, missing, or its input has changed.</summary>
    public bool IsHealed { get; init; }

    /// <summary>What the journal says of it, where it does.</summary>
    public CommittedUnit? Recorded { get; init; }

    /// <summary>Whether its files replace others of their names.</summary>
    internal bool Replaces { get; init; }
}

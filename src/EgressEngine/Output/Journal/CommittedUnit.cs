namespace Egress.Output.Journal;

/// <summary>A commit as the journal has it: items whose outputs became final together.</summary>
public sealed record CommittedUnit
{
    /// <summary>The items that it completes; none for a file of the whole run.</summary>
    public required IReadOnlyList<CommittedItem> Items { get; init; }

    /// <summary>The files, whole and in place when this was recorded.</summary>
    public required IReadOnlyList<CommittedFile> Files { get; init; }

    /// <summary>The <see cref="RunSettings.Id"/> of the run that made it.</summary>
    public required string SettingsId { get; init; }

    /// <summary>What the workload wanted to remember with it.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; init; } = new Dictionary<string, string>();
}

/// <summary>An item of a commit.</summary>
/// <param name="Key">The item's key: the name of its output without the extension.</param>
/// <param name="Source">What it was made from, or null.</param>
public sealed record CommittedItem(string Key, OutputSource? Source);

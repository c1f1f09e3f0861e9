namespace Egress.Output.Stores;

/// <summary>A run's share of a destination, by name: empty for all of it, or a shard's, such as <c>3-of-8</c>.</summary>
internal static class RunScope
{
    private const string CountMark = "-of-";

    /// <summary>
    /// Whether two runs cannot be at work at the same time: the same share, all of it and any share, and shares of two different
    /// divisions, which overlap.
    /// </summary>
    public static bool Conflict(string one, string other) =>
        one.Length == 0 || other.Length == 0 || one == other || Count(one) != Count(other);

    /// <summary>The error of whoever comes second.</summary>
    /// <param name="location">The destination.</param>
    /// <param name="owner">Who has it, where that is known.</param>
    public static EgressException InUse(string location, RunOwner? owner) => new(
        EgressErrorId.DestinationInUse,
        EgressErrorCategory.ResourceUnavailable,
        $"Another run writes to '{location}': {owner?.ToString() ?? "its process is not known yet"}.",
        "Wait for it or stop it, or name another -Destination. A run that was killed is no hindrance.",
        location);

    private static string Count(string scope) => scope[(scope.LastIndexOf(CountMark, StringComparison.Ordinal) + 1)..];
}

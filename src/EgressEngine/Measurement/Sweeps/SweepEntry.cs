namespace Egress.Measurement.Sweeps;

/// <summary>One configuration of a sweep: ready to be measured, or with the error that keeps it from that.</summary>
/// <param name="Description">What tells it from others, as far as its settings could be read.</param>
/// <param name="Configuration">How to measure it, or null.</param>
/// <param name="Error">Why it cannot be, or null.</param>
public sealed record SweepEntry(ThroughputConfiguration Description, IMeasuredConfiguration? Configuration, EgressException? Error)
{
    /// <summary>
    /// The order in which a sweep is measured: configurations that share a model one after the other, however they came; otherwise
    /// as they came.
    /// </summary>
    public static IReadOnlyList<SweepEntry> Order(IEnumerable<SweepEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);

        // Groups come in the order of their first member; one that cannot run is a group of its own.
        return [.. entries.GroupBy(entry => entry.Configuration?.SharedKey ?? entry).SelectMany(group => group)];
    }
}

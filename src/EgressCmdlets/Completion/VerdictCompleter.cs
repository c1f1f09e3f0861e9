using Egress.Measurement.Comparison;

namespace Egress.Cmdlets.Completion;

/// <summary>Completes <c>-FailOn</c>.</summary>
public sealed class VerdictCompleter : ValueCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Value, string Description)> Values =>
    [
        (ThroughputVerdict.Slower, "Slower by more than the threshold and the noise"),
        (ThroughputVerdict.Failed, "Was measured before and failed now"),
        (ThroughputVerdict.Missing, "Was measured before and is not there now"),
        (ThroughputVerdict.Unclear, "Nothing can be said: a single repetition with too few steps"),
        (ThroughputVerdict.Faster, "Faster by more than the threshold and the noise"),
        (ThroughputVerdict.Added, "Was not there before, or had failed"),
    ];
}

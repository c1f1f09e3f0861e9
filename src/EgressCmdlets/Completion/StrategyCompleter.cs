using Egress.Pipeline;

namespace Egress.Cmdlets.Completion;

/// <summary>Completes <c>-Strategy</c>.</summary>
public sealed class StrategyCompleter : ValueCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Value, string Description)> Values =>
        EgressStrategy.All.Select(strategy => (
            strategy.Name,
            $"{strategy.Memory} memory, {strategy.Completion} copy on the {strategy.Queue} stream, {strategy.Processing} processing"));
}

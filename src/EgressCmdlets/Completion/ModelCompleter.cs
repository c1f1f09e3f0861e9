using Egress.Models;

namespace Egress.Cmdlets.Completion;

/// <summary>Completes <c>-Model</c>.</summary>
public sealed class ModelCompleter : ValueCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Value, string Description)> Values =>
        BuiltInModels.Names.Select(name => (name, $"Built-in network {name}"));
}

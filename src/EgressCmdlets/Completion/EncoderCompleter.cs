using Egress.Models;

namespace Egress.Cmdlets.Completion;

/// <summary>Completes <c>-Model</c> of the embedding commands.</summary>
public sealed class EncoderCompleter : ValueCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Value, string Description)> Values =>
        BuiltInEncoders.Names.Select(name => (name, $"Built-in encoder {name}"));
}

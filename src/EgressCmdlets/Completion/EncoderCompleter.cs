using Egress.Models;

namespace Egress.Cmdlets.Completion;

/// <summary>Completes <c>-Model</c> of the embedding commands: names of encoders, and paths of folders and programs.</summary>
public sealed class EncoderCompleter : ValueCompleter
{
    /// <summary>The built-in encoders.</summary>
    internal static IEnumerable<(string Value, string Description)> Encoders =>
        BuiltInEncoders.Names.Select(name => (name, $"Built-in encoder {name}"));

    /// <inheritdoc/>
    protected override IEnumerable<(string Value, string Description)> Values => Encoders;

    /// <inheritdoc/>
    protected override bool TakesPaths => true;
}

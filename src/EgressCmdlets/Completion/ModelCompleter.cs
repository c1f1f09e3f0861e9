using System.Collections;
using Egress.Measurement;
using Egress.Models;

namespace Egress.Cmdlets.Completion;

/// <summary>Completes <c>-Model</c>: names of networks, or of encoders where the command's <c>-Workload</c> is theirs, and paths.</summary>
public sealed class ModelCompleter : ValueCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Value, string Description)> Values =>
        BuiltInModels.Names.Select(name => (name, $"Built-in network {name}"));

    /// <inheritdoc/>
    protected override bool TakesPaths => true;

    /// <inheritdoc/>
    protected override IEnumerable<(string Value, string Description)> ValuesBeside(IDictionary parameters) =>
        EmbeddingConfiguration.Workload.Equals(parameters["Workload"]?.ToString(), StringComparison.OrdinalIgnoreCase) ? EncoderCompleter.Encoders : Values;
}

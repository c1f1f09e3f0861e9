using Egress.Models;
using Egress.Output;
using Egress.Output.Journal;

namespace Egress.Vectors;

/// <summary>A destination for vectors, and how a run uses it.</summary>
public sealed record VectorStoreOptions
{
    /// <summary>Where: see <see cref="VectorDestination"/>.</summary>
    public required VectorDestination Destination { get; init; }

    /// <summary>How vectors lie in memory.</summary>
    public required VectorLayout Layout { get; init; }

    /// <summary>What decides the vectors: a store holds those of one kind of settings.</summary>
    public required RunSettings Settings { get; init; }

    /// <summary>
    /// What to do about vectors that are there already. Keep and Resume: those of unchanged texts stay, others are made again; Resume also
    /// looks whether files are damaged. Replace: all that the run is offered are made again and replace those under their ids; others stay.
    /// Vectors of other settings are an error, but for Replace and ResumeAndReplace: with these, they all go with the first batch.
    /// </summary>
    public OutputMode Mode { get; init; } = OutputMode.Keep;

    /// <summary>Whether texts are stored beside their vectors.</summary>
    public bool StoresTexts { get; init; }

    /// <summary>The run's share of the destination: empty for all of it, or a shard's name.</summary>
    public string Scope { get; init; } = "";

    /// <summary>How long the end of a run may take to make everything durable; null: as long as it takes.</summary>
    public TimeSpan? EndTimeout { get; init; }
}

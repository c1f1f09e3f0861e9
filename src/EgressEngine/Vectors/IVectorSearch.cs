using Egress.Models;
using Egress.Output.Journal;

namespace Egress.Vectors;

/// <summary>Stored vectors, open for queries. One thread uses it.</summary>
public interface IVectorSearch : IDisposable
{
    /// <summary>What is searched, without credentials.</summary>
    string Location { get; }

    /// <summary>What the vectors were made with: a query's vector has to be made the same way.</summary>
    RunSettings Settings { get; }

    /// <summary>How they are stored.</summary>
    VectorLayout Layout { get; }

    /// <summary>The vector of an id, or null.</summary>
    float[]? FindVector(string id);

    /// <summary>The nearest vectors, nearest first; equally near ones by id.</summary>
    /// <param name="query">As many elements as the stored vectors have.</param>
    /// <param name="top">The most matches.</param>
    /// <param name="metric">How near is measured. The database computes it.</param>
    /// <param name="excludedId">An id that is no match, as the query's own; or null.</param>
    IReadOnlyList<VectorMatch> Nearest(ReadOnlyMemory<float> query, int top, VectorMetric metric, string? excludedId);
}

namespace Egress.Vectors;

/// <summary>A stored vector that is near a query.</summary>
public sealed record VectorMatch
{
    /// <summary>The query that it answers: the text or the id; null where that was a vector.</summary>
    public string? Query { get; init; }

    /// <summary>Its place among the matches, from 1: the nearest.</summary>
    public required int Rank { get; init; }

    /// <summary>The id of its sequence.</summary>
    public required string Id { get; init; }

    /// <summary>How near it is, in the metric that was asked for.</summary>
    public required double Score { get; init; }

    /// <summary>The metric.</summary>
    public required VectorMetric Metric { get; init; }

    /// <summary>The text, where it is stored.</summary>
    public string? Text { get; init; }
}

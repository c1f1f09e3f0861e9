using System.Data.Common;
using Egress.Vectors;

namespace Egress.Backend.Vectors;

/// <summary>Reads what a database answers to a query for the nearest vectors.</summary>
internal static class StoredMatches
{
    /// <summary>The matches, as they come.</summary>
    /// <param name="reader">Rows of id, text and score, nearest first.</param>
    /// <param name="metric">What the scores are; a cosine is at most 1, however it was rounded.</param>
    public static List<VectorMatch> Read(DbDataReader reader, VectorMetric metric)
    {
        var matches = new List<VectorMatch>();
        while (reader.Read())
        {
            var score = reader.GetDouble(2);
            matches.Add(new VectorMatch
            {
                Rank = matches.Count + 1,
                Id = reader.GetString(0),
                Text = reader.IsDBNull(1) ? null : reader.GetString(1),
                Score = metric == VectorMetric.Cosine ? Math.Clamp(score, -1, 1) : score,
                Metric = metric,
            });
        }

        return matches;
    }
}

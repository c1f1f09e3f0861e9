using Egress.Models;

namespace Egress.Vectors;

/// <summary>Rows that are stored together. No two of a run have one id.</summary>
/// <param name="Layout">How the vectors lie in memory.</param>
/// <param name="Rows">The rows; one at least.</param>
public sealed record VectorBatch(VectorLayout Layout, IReadOnlyList<VectorRow> Rows);

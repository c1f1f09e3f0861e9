namespace Egress.Vectors;

/// <summary>How near two vectors are.</summary>
public enum VectorMetric
{
    /// <summary>The cosine of the angle between them: 1 for the same direction. Larger is nearer.</summary>
    Cosine,

    /// <summary>The Euclidean distance. Smaller is nearer.</summary>
    L2,

    /// <summary>The inner product. Larger is nearer.</summary>
    InnerProduct,
}

namespace Egress.Vectors;

/// <summary>What a store has of a sequence.</summary>
public enum StoredState
{
    /// <summary>Nothing that counts: it has to be computed.</summary>
    Missing,

    /// <summary>Its vector: there is nothing to do.</summary>
    Stored,

    /// <summary>A vector of another text under its id, or a damaged one.</summary>
    Changed,
}

namespace Egress.Vectors;

/// <summary>What a store has of a sequence.</summary>
public enum StoredState
{
    /// <summary>Nothing that counts: it has to be computed.</summary>
    Missing,

    /// <summary>Its vector: there is nothing to do.</summary>
    Stored,

    /// <summary>A vector of another text under its id, which this store replaces: it has to be computed again.</summary>
    Changed,

    /// <summary>A vector of another text under its id, which this store cannot replace by itself.</summary>
    Conflicting,
}

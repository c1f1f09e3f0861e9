namespace Egress.Embedding;

/// <summary>What a run did with sequences.</summary>
public enum EmbeddingStatus
{
    /// <summary>Their vectors were stored.</summary>
    Written,

    /// <summary>Their vectors were there already.</summary>
    Skipped,

    /// <summary>Their vectors were computed; nothing was to be stored.</summary>
    Processed,
}

namespace Egress.Pipeline;

/// <summary>The stream that a strategy enqueues its copies on.</summary>
public enum CopyQueue
{
    /// <summary>The stream that computes: the next computation starts after the copy.</summary>
    Compute,

    /// <summary>A stream for copies only: the next computation runs meanwhile.</summary>
    Egress,
}

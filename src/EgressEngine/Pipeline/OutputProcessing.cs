namespace Egress.Pipeline;

/// <summary>The thread that processes a strategy's output.</summary>
public enum OutputProcessing
{
    /// <summary>The thread that received it, before it goes on.</summary>
    Inline,

    /// <summary>Worker threads behind a bounded queue.</summary>
    Workers,
}

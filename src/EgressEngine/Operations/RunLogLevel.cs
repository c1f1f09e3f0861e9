namespace Egress.Operations;

/// <summary>How much an event of the log matters.</summary>
public enum RunLogLevel
{
    /// <summary>What is expected.</summary>
    Info,

    /// <summary>Something to look at; the run goes on.</summary>
    Warning,

    /// <summary>Something failed: a picture or the run.</summary>
    Error,
}

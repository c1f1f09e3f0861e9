namespace Egress.Operations;

/// <summary>How a run has ended.</summary>
public enum RunOutcome
{
    /// <summary>Every picture has its output.</summary>
    Succeeded,

    /// <summary>It came to its end, and some pictures have no output: each was named with its error.</summary>
    SucceededWithErrors,

    /// <summary>A fault ended it. What was committed is whole.</summary>
    Faulted,

    /// <summary>It was stopped: by a signal, by the user, or by a command that took enough. What was committed is whole.</summary>
    Stopped,
}

namespace Egress.Pipeline;

/// <summary>How a strategy learns that a copy has ended.</summary>
public enum CopyCompletion
{
    /// <summary>The inference loop waits for it.</summary>
    Blocking,

    /// <summary>An event fires, and the event monitor waits for that.</summary>
    Event,
}

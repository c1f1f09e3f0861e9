namespace Egress;

/// <summary>
/// A failure that a user can meet: it carries a stable id, a category, the input it is about and what to do about it.
/// Misuse of the engine's own API throws the usual CLR exceptions instead.
/// </summary>
public class EgressException : Exception
{
    /// <param name="errorId">One of <see cref="EgressErrorId"/>; scripts depend on it.</param>
    /// <param name="category">The kind of failure.</param>
    /// <param name="message">What happened, with the values that matter.</param>
    /// <param name="advice">What the user can do about it, in one or two sentences.</param>
    /// <param name="target">The input that the failure is about: a path, a parameter value.</param>
    /// <param name="inner">The cause, where there is one.</param>
    public EgressException(
        string errorId, EgressErrorCategory category, string message, string advice, object? target = null, Exception? inner = null)
        : base(message, inner)
    {
        ErrorId = errorId;
        Category = category;
        Advice = advice;
        Target = target;
    }

    /// <summary>The stable id, one of <see cref="EgressErrorId"/>.</summary>
    public string ErrorId { get; }

    /// <summary>The kind of failure.</summary>
    public EgressErrorCategory Category { get; }

    /// <summary>What the user can do about it.</summary>
    public string Advice { get; }

    /// <summary>The input that the failure is about, or null.</summary>
    public object? Target { get; }
}

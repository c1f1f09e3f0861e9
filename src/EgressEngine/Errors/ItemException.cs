namespace Egress;

/// <summary>
/// A failure of one input: that input gets this error as its outcome and the others go on. Thrown by loaders and output
/// processors; any other exception from them ends the run.
/// </summary>
public sealed class ItemException : EgressException
{
    /// <inheritdoc cref="EgressException(string, EgressErrorCategory, string, string, object?, Exception?)"/>
    public ItemException(
        string errorId, EgressErrorCategory category, string message, string advice, object? target = null, Exception? inner = null)
        : base(errorId, category, message, advice, target, inner)
    {
    }
}

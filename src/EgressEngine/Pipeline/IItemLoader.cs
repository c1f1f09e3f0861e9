namespace Egress.Pipeline;

/// <summary>Turns an item into the model's input. Many loader threads call it at once, each for an item of its own.</summary>
/// <typeparam name="TItem">What the run is over.</typeparam>
public interface IItemLoader<in TItem>
{
    /// <summary>Writes the item's input.</summary>
    /// <param name="item">The item; what is learned of it may be kept in it.</param>
    /// <param name="slot">The item's place in the host's input buffer: all of it has to be written.</param>
    /// <param name="cancellationToken">Cancelled when the run ends early.</param>
    /// <exception cref="ItemException">The item is bad: it gets this error as its outcome and the others go on.</exception>
    void Load(TItem item, Span<byte> slot, CancellationToken cancellationToken);
}

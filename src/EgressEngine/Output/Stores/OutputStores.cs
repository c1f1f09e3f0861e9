namespace Egress.Output.Stores;

/// <summary>Opens the store that a destination names.</summary>
public static class OutputStores
{
    /// <summary>Opens a destination to write to; it is made if need be.</summary>
    /// <param name="destination">Full path of a folder.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DestinationNotWritable"/>.</exception>
    public static IOutputStore Open(string destination) => new LocalStore(destination);

    /// <summary>Opens a destination to look at it.</summary>
    /// <param name="destination">Likewise.</param>
    public static IOutputStore OpenForReading(string destination) => LocalStore.ForReading(destination);
}

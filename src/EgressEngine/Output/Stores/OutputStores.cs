using Egress.Backend;
using Egress.Output.Stores.Objects;

namespace Egress.Output.Stores;

/// <summary>Opens the store that a destination names.</summary>
public static class OutputStores
{
    /// <summary>Opens a destination to write to; a folder is made if need be.</summary>
    /// <param name="destination">Full path of a folder, or <c>s3://bucket/prefix</c>.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DestinationNotWritable"/>,
    /// <see cref="EgressErrorId.DestinationInvalid"/>.</exception>
    public static IOutputStore Open(string destination) =>
        ObjectLocation.IsOne(destination) ? OpenObjects(destination) : new LocalStore(destination);

    /// <summary>Opens a destination to look at it.</summary>
    /// <param name="destination">Likewise.</param>
    public static IOutputStore OpenForReading(string destination) =>
        ObjectLocation.IsOne(destination) ? OpenObjects(destination) : LocalStore.ForReading(destination);

    private static ObjectStore OpenObjects(string destination)
    {
        var location = ObjectLocation.Parse(destination);
        return new ObjectStore(BackendLoader.Load().OpenObjects(location), location);
    }
}

using Egress.Backend;
using Egress.Output.Stores;

namespace Egress.Vectors;

/// <summary>Opens the store that a destination names.</summary>
public static class VectorStores
{
    /// <summary>Whether a folder has vectors in files, which answer no queries.</summary>
    /// <param name="folder">Its full path; it need not exist.</param>
    public static bool HoldsFiles(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return false;
        }

        using var store = LocalStore.ForReading(folder);
        return store.JournalScopes().Count > 0 || Directory.EnumerateFiles(folder, PartStore.FilePrefix + "*").Any();
    }

    /// <summary>Opens a destination for a run; what is missing of it is made.</summary>
    /// <param name="options">The destination and how it is used.</param>
    /// <param name="backend">Gives the backend; asked only where the format needs it.</param>
    /// <exception cref="EgressException">As <see cref="IBackend.OpenVectorDatabase"/>, or as <see cref="OutputStores.Open"/>.</exception>
    public static IVectorStore Open(VectorStoreOptions options, Func<IBackend> backend)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(backend);
        return options.Destination.Format switch
        {
            VectorFormat.DuckDb or VectorFormat.PostgreSql => backend().OpenVectorDatabase(options),
            VectorFormat.Npy => new PartStore(options, new NpyVectorEncoder()),
            VectorFormat.Parquet or VectorFormat.Arrow => new PartStore(options, backend().VectorEncoder(options.Destination.Format)),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Destination.Format, null),
        };
    }
}

using Egress.Output.Stores;
using Egress.Output.Stores.Objects;

namespace Egress.Vectors;

/// <summary>Reads what users write as a destination of vectors.</summary>
public static class VectorAddress
{
    private static readonly string[] s_databaseExtensions = [".duckdb", ".db", ".ddb"];

    /// <summary>Reads a destination.</summary>
    /// <param name="destination">A folder, a DuckDB file, <c>s3://bucket/prefix</c>, <c>postgresql://…</c> or a connection string.</param>
    /// <param name="format">The form that was asked for; null for what suits the destination: a database for a path, Parquet for an object store.</param>
    /// <param name="table">The table in a database.</param>
    /// <param name="fullPath">Makes a full path of what the user wrote.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OptionInvalid"/>: format and destination do not go together;
    /// <see cref="EgressErrorId.DestinationInvalid"/>: it is none of these. Neither repeats the destination.</exception>
    public static VectorDestination Parse(string destination, VectorFormat? format, string table, Func<string, string> fullPath)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(fullPath);
        var isServer = DestinationText.IsServer(destination);
        if (!isServer)
        {
            DestinationText.RequirePath(destination);
        }

        var isObjects = !isServer && ObjectLocation.IsOne(destination);
        var chosen = format ?? (isServer ? VectorFormat.PostgreSql : isObjects ? VectorFormat.Parquet : VectorFormat.DuckDb);
        if (isServer != (chosen == VectorFormat.PostgreSql) || (isObjects && chosen == VectorFormat.DuckDb))
        {
            // Not the destination itself: it may hold a password.
            throw new EgressException(
                EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument,
                $"{chosen} and the destination, {(isServer ? "a PostgreSQL server" : isObjects ? "an object store" : "a path")}, do not go together.",
                "Leave -Format away for what suits the destination; PostgreSql takes postgresql://host/database or a connection string.", chosen);
        }

        return new VectorDestination
        {
            Format = chosen,
            Table = table,
            Address = isServer ? destination
                : isObjects ? ObjectLocation.Parse(destination).ToString()
                : chosen == VectorFormat.DuckDb ? DatabaseFile(fullPath(destination))
                : fullPath(destination),
        };
    }

    private static string DatabaseFile(string path) =>
        s_databaseExtensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase) && !Directory.Exists(path)
            ? path
            : Path.Combine(path, VectorDestination.DatabaseFile);
}

namespace Egress.Vectors;

/// <summary>Where vectors go or are.</summary>
public sealed record VectorDestination
{
    /// <summary>The form in which they are stored.</summary>
    public required VectorFormat Format { get; init; }

    /// <summary>
    /// Full path of the folder or of the database file; <c>s3://bucket/prefix</c>; or for PostgreSQL what the user has given:
    /// <c>postgresql://host:port/database</c> or a connection string. It may hold a password; <see cref="IVectorStore.Location"/> does not.
    /// </summary>
    public required string Address { get; init; }

    /// <summary>The table in a database.</summary>
    public string Table { get; init; } = DefaultTable;

    /// <summary>The user of a database, where it is not in the address or the environment.</summary>
    public string? User { get; init; }

    /// <summary>The user's password, likewise. It is in no text that this record makes of itself.</summary>
    public string? Password { get; init; }

    /// <summary>The table where none is named.</summary>
    public const string DefaultTable = "embeddings";

    /// <summary>The database in a folder.</summary>
    public const string DatabaseFile = "vectors.duckdb";

    /// <inheritdoc/>
    public override string ToString() => Format == VectorFormat.PostgreSql ? "PostgreSQL" : Address;
}

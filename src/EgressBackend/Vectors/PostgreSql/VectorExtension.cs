using Npgsql;

namespace Egress.Backend.Vectors.PostgreSql;

/// <summary>The extension pgvector of a database.</summary>
/// <param name="Schema">The schema that its types and operators are in.</param>
/// <param name="HasHalf">Whether it has half-precision vectors, as it does since version 0.7.</param>
internal sealed record VectorExtension(string Schema, bool HasHalf)
{
    /// <summary>The most elements of a vector.</summary>
    public const int MaximumDimension = 16_000;

    /// <summary>A type as SQL names it.</summary>
    public string Type(string name) => $"{TableName.Quote(Schema)}.{name}";

    /// <summary>An operator as SQL names it, wherever the extension is.</summary>
    public string Operator(string name) => $"OPERATOR({TableName.Quote(Schema)}.{name})";

    /// <summary>The database's extension; null where it has none.</summary>
    public static VectorExtension? Find(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(
            "SELECT n.nspname, EXISTS (SELECT FROM pg_type t WHERE t.typname = 'halfvec' AND t.typnamespace = n.oid) "
            + "FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'",
            connection);
        using var reader = command.ExecuteReader();
        return reader.Read() ? new VectorExtension(reader.GetString(0), reader.GetBoolean(1)) : null;
    }

    /// <summary>The database's extension; one that the server has is installed where the user may do that.</summary>
    /// <param name="connection">A connection within a transaction.</param>
    /// <param name="transaction">The transaction.</param>
    public static VectorExtension? FindOrInstall(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        if (Find(connection) is { } found)
        {
            return found;
        }

        const string BeforeInstalling = "before_extension";
        transaction.Save(BeforeInstalling);
        try
        {
            using var command = new NpgsqlCommand("CREATE EXTENSION IF NOT EXISTS vector", connection);
            command.ExecuteNonQuery();
        }
        catch (PostgresException)
        {
            // The server does not have it, or the user may not: arrays do as well, only queries are slower.
            transaction.Rollback(BeforeInstalling);
        }

        return Find(connection);
    }
}

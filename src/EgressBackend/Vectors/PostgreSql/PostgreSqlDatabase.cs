using Egress.Vectors;
using Npgsql;
using NpgsqlTypes;

namespace Egress.Backend.Vectors.PostgreSql;

/// <summary>A database with its pool of connections, and what it says of its tables.</summary>
internal sealed class PostgreSqlDatabase : IDisposable
{
    private readonly NpgsqlDataSource _source;

    /// <param name="destination">The database. No connection is made yet.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OptionInvalid"/>.</exception>
    public PostgreSqlDatabase(VectorDestination destination)
    {
        var address = PostgreSqlAddress.Read(destination);
        Location = address.Location;
        _source = NpgsqlDataSource.Create(address.Settings);
    }

    /// <summary>The server and database, without credentials.</summary>
    public string Location { get; }

    /// <summary>Takes a connection of the pool; it goes back when it is disposed of.</summary>
    public NpgsqlConnection Connect() => _source.OpenConnection();

    /// <inheritdoc cref="Connect()"/>
    public ValueTask<NpgsqlConnection> Connect(CancellationToken cancellationToken) => _source.OpenConnectionAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    /// <summary>A command with parameters, each named by its place: $1, $2, …; texts may be null.</summary>
    public static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params object?[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(value is null or string
                ? new NpgsqlParameter { Value = value ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text }
                : new NpgsqlParameter { Value = value });
        }

        return command;
    }

    /// <summary>Runs statements without a result.</summary>
    public static void Run(NpgsqlConnection connection, string sql, params object?[] values)
    {
        using var command = Command(connection, sql, values);
        command.ExecuteNonQuery();
    }

    /// <summary>The table with the schema that it is in, or is to be made in.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.VectorStoreInvalid"/>: there is no such schema.</exception>
    public TableName Resolve(NpgsqlConnection connection, TableName table)
    {
        using var command = Command(connection, "SELECT nspname FROM pg_namespace WHERE nspname = coalesce($1, current_schema())", table.Schema);
        return command.ExecuteScalar() is string schema
            ? table with { Schema = schema }
            : throw new EgressException(
                EgressErrorId.VectorStoreInvalid, EgressErrorCategory.ObjectNotFound,
                $"'{Location}' has no schema {table.Schema ?? "of its own to make tables in"}.", "Make the schema first, or name another with -Table schema.name.", Location);
    }

    /// <summary>Whether there is something of this name.</summary>
    public static bool Exists(NpgsqlConnection connection, TableName table)
    {
        using var command = Command(
            connection, "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2)",
            table.Schema, table.Name);
        return (bool)command.ExecuteScalar()!;
    }

    /// <summary>The record of a table and its type; null where it has none.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.VectorStoreInvalid"/>: this version cannot read it.</exception>
    public (StoreRecord Record, PostgreSqlVectorType Type)? FindRecord(NpgsqlConnection connection, TableName table)
    {
        return Exists(connection, table.Beside(StoreRecord.TableName)) && Exists(connection, table) ? ReadRecord(connection, table) : null;
    }

    /// <summary>Likewise, of a table that there is.</summary>
    public (StoreRecord Record, PostgreSqlVectorType Type)? ReadRecord(NpgsqlConnection connection, TableName table)
    {
        using var command = Command(
            connection,
            $"SELECT version, \"precision\", dimension, token_level, settings, column_type FROM {table.Beside(StoreRecord.TableName).Sql} WHERE table_name = $1",
            table.Name);
        using var reader = command.ExecuteReader();
        if (!reader.Read())
        {
            return null;
        }

        var record = StoreRecord.Read(Location, reader.GetInt32(0), reader.GetString(1), reader.GetInt32(2), reader.GetBoolean(3), reader.GetString(4));
        return (record, Enum.Parse<PostgreSqlVectorType>(reader.GetString(5)));
    }
}

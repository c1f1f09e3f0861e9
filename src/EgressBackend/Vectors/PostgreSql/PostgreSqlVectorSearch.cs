using Egress.Models;
using Egress.Output.Journal;
using Egress.Vectors;
using Npgsql;

namespace Egress.Backend.Vectors.PostgreSql;

/// <summary>
/// Queries a table of a PostgreSQL server: by pgvector's operators where the table has its types, otherwise by sums over arrays, which look at
/// every row. With a vector a token, a sequence is as near as its nearest token. A vector without a score, such as one of zeros by its
/// cosine, is no match.
/// </summary>
internal sealed class PostgreSqlVectorSearch : IVectorSearch
{
    private readonly PostgreSqlDatabase _database;
    private readonly StoreRecord _record;
    private readonly PostgreSqlSchema _schema;

    /// <param name="destination">The database.</param>
    /// <exception cref="EgressException">As <see cref="IBackend.OpenVectorSearch"/>.</exception>
    public PostgreSqlVectorSearch(VectorDestination destination)
    {
        var name = TableName.Parse(destination.Table);
        _database = new PostgreSqlDatabase(destination);
        try
        {
            using var connection = _database.Connect();
            var table = _database.Resolve(connection, name);
            (_record, var type) = _database.FindRecord(connection, table)
                ?? throw StoreErrors.NoTable(Location, table, PostgreSqlDatabase.Exists(connection, table));
            _schema = new PostgreSqlSchema(table, _record.Layout, type, VectorExtension.Find(connection));
        }
        catch (Exception error) when (PostgreSqlFaults.IsOne(error))
        {
            _database.Dispose();
            throw PostgreSqlFaults.Unavailable(_database.Location, error);
        }
        catch
        {
            _database.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Location => _database.Location;

    /// <inheritdoc/>
    public RunSettings Settings => _record.Settings;

    /// <inheritdoc/>
    public VectorLayout Layout => _record.Layout;

    /// <inheritdoc/>
    public float[]? FindVector(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (Layout.IsTokenLevel)
        {
            throw StoreErrors.TokenLevel(Location);
        }

        return Ask(connection =>
        {
            using var command = PostgreSqlDatabase.Command(connection, _schema.Find, id);
            using var reader = command.ExecuteReader();
            return !reader.Read() ? null : _schema.HasScale
                ? Array.ConvertAll(reader.GetFieldValue<short[]>(0), element => element * reader.GetFloat(1))
                : reader.GetFieldValue<float[]>(0);
        });
    }

    /// <inheritdoc/>
    public IReadOnlyList<VectorMatch> Nearest(ReadOnlyMemory<float> query, int top, VectorMetric metric, string? excludedId)
    {
        var elements = query.ToArray();
        if (!Array.TrueForAll(elements, float.IsFinite))
        {
            throw StoreErrors.NotFinite(Location);
        }

        return Ask(connection =>
        {
            using var command = PostgreSqlDatabase.Command(connection, _schema.Nearest(metric), elements, excludedId, top);
            using var reader = command.ExecuteReader();
            return StoredMatches.Read(reader, metric);
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    private T Ask<T>(Func<NpgsqlConnection, T> query)
    {
        try
        {
            using var connection = _database.Connect();
            return query(connection);
        }
        catch (Exception error) when (PostgreSqlFaults.IsOne(error))
        {
            throw PostgreSqlFaults.NotAnswered(Location, error);
        }
    }
}

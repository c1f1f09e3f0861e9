using Egress.Models;
using Egress.Output.Journal;
using Egress.Vectors;
using Npgsql;

namespace Egress.Backend.Vectors.PostgreSql;

/// <summary>
/// Queries a table of a PostgreSQL server: by pgvector's operators where the table has its types, otherwise by sums over arrays. Both look at
/// every row, but where the table has an index of pgvector's: that finds candidates, and where it finds too few, every row is looked at. With a vector a token, a sequence is as near as its nearest token. A vector without a score, such as one of zeros by its
/// cosine, is no match.
/// </summary>
internal sealed class PostgreSqlVectorSearch : IVectorSearch
{
    /// <summary>The most candidates that pgvector's indexes look for.</summary>
    private const int MaximumCandidates = 1000;

    /// <summary>Candidates beyond twice the matches: an index misses some, and the query's own id is one of them.</summary>
    private const int SpareCandidates = 16;

    /// <summary>
    /// Has an HNSW index list $1 candidates within this transaction, where it would list fewer: 40 of them unless somebody has said more. Before
    /// the first use of the extension in a connection there may be no such setting.
    /// </summary>
    private const string ListCandidates =
        "SELECT set_config('hnsw.ef_search', greatest(coalesce(nullif(current_setting('hnsw.ef_search', true), ''), '40')::int, $1)::text, true)";

    private readonly PostgreSqlDatabase _database;
    private readonly StoreRecord _record;
    private readonly PostgreSqlSchema _schema;
    private readonly bool _hasIndex;

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
            _hasIndex = _schema.IsExtended && HasIndex(connection, table);
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
            var found = MayUseIndex(elements, top) ? FindByIndex(connection, elements, top, metric, excludedId) : [];
            return found.Count == top ? found : Read(connection, _schema.Nearest(metric), metric, elements, excludedId, top);
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    private static bool HasIndex(NpgsqlConnection connection, TableName table)
    {
        using var command = PostgreSqlDatabase.Command(connection, PostgreSqlSchema.HasIndex, table.Schema, table.Name);
        return (bool)command.ExecuteScalar()!;
    }

    /// <summary>Whether an index may be asked: for no more than it finds, and with what its type has numbers for.</summary>
    private bool MayUseIndex(float[] query, int top) =>
        _hasIndex && top < MaximumCandidates && (_schema.Type != PostgreSqlVectorType.HalfVector || Array.TrueForAll(query, element => Half.IsFinite((Half)element)));

    private List<VectorMatch> FindByIndex(NpgsqlConnection connection, float[] query, int top, VectorMetric metric, string? excludedId)
    {
        var candidates = Math.Min(MaximumCandidates, (2 * top) + SpareCandidates);
        using var transaction = connection.BeginTransaction();
        PostgreSqlDatabase.Run(connection, ListCandidates, candidates);
        return Read(connection, _schema.NearestIndexed(metric), metric, query, excludedId, top, candidates);
    }

    private static List<VectorMatch> Read(NpgsqlConnection connection, string sql, VectorMetric metric, params object?[] values)
    {
        using var command = PostgreSqlDatabase.Command(connection, sql, values);
        using var reader = command.ExecuteReader();
        return StoredMatches.Read(reader, metric);
    }

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

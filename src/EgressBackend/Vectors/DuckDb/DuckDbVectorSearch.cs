using DuckDB.NET.Data;
using Egress.Models;
using Egress.Output.Journal;
using Egress.Vectors;

namespace Egress.Backend.Vectors.DuckDb;

/// <summary>
/// Queries a table of a DuckDB file, which computes all scores with its own functions, in single precision. With a vector a token, a sequence
/// is as near as its nearest token. A vector without a score, such as one of zeros by its cosine, is no match.
/// </summary>
internal sealed class DuckDbVectorSearch : IVectorSearch
{
    /// <summary>DuckDB gives every vector a cosine: it takes what is no number to be a limit.</summary>
    private const string HasDirection =
        " AND array_inner_product(vector, vector) > 0 AND isfinite(array_inner_product(vector, vector))";

    private readonly DuckDbDatabase _database;
    private readonly TableName _table;
    private readonly StoreRecord _record;
    private readonly DuckDbSchema _schema;

    /// <param name="destination">The database.</param>
    /// <exception cref="EgressException">As <see cref="IBackend.OpenVectorSearch"/>.</exception>
    public DuckDbVectorSearch(VectorDestination destination)
    {
        _table = TableName.Parse(destination.Table);
        _database = DuckDbDatabase.OpenForReading(destination.Address);
        try
        {
            _record = Ask(() => _database.FindRecord(_table) ?? throw StoreErrors.NoTable(Location, _table, _database.Exists(_table)));
            _schema = new DuckDbSchema(_table, _record.Layout);
        }
        catch
        {
            _database.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Location => _database.Path;

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

        return Ask(() =>
        {
            using var command = _database.Command($"SELECT vector FROM ({_schema.Elements}) WHERE id = $1", id);
            using var reader = command.ExecuteReader();
            return reader.Read() ? reader.GetFieldValue<List<float>>(0).ToArray() : null;
        });
    }

    /// <inheritdoc/>
    public IReadOnlyList<VectorMatch> Nearest(ReadOnlyMemory<float> query, int top, VectorMetric metric, string? excludedId)
    {
        if (!query.Span.ToArray().All(float.IsFinite))
        {
            throw StoreErrors.NotFinite(Location);
        }

        if (metric == VectorMetric.Cosine && query.Span.IndexOfAnyExcept(0f) < 0)
        {
            return [];
        }

        return Ask(() =>
        {
            using var command = _database.Command(NearestSql(metric), query.ToArray().ToList(), excludedId, top);
            using var reader = command.ExecuteReader();
            return StoredMatches.Read(reader, metric);
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    private string NearestSql(VectorMetric metric)
    {
        var (function, isDistance) = metric switch
        {
            VectorMetric.Cosine => ("array_cosine_similarity", false),
            VectorMetric.L2 => ("array_distance", true),
            VectorMetric.InnerProduct => ("array_inner_product", false),
            _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, null),
        };
        var scores = $"SELECT id, text, {function}(vector, $1::FLOAT[{Layout.Dimension}])::DOUBLE AS score FROM ({_schema.Elements}) WHERE id IS DISTINCT FROM $2";
        scores = $"SELECT * FROM ({scores}{(metric == VectorMetric.Cosine ? HasDirection : "")}) WHERE NOT isnan(score)";
        if (Layout.IsTokenLevel)
        {
            scores = $"SELECT id, any_value(text) AS text, {(isDistance ? "min" : "max")}(score) AS score FROM ({scores}) GROUP BY id";
        }

        return $"SELECT id, text, score FROM ({scores}) ORDER BY score {(isDistance ? "ASC" : "DESC")}, id LIMIT $3";
    }

    private T Ask<T>(Func<T> query)
    {
        try
        {
            return query();
        }
        catch (DuckDBException error)
        {
            throw new EgressException(
                EgressErrorId.VectorStoreFailed, EgressErrorCategory.ReadError, $"DuckDB could not answer from '{Location}': {error.Message}",
                "Check that the file is whole; run the embedding again with -Resume if it is not.", Location, error);
        }
    }
}

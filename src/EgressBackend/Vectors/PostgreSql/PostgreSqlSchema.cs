using System.Globalization;
using Egress.Models;
using Egress.Vectors;

namespace Egress.Backend.Vectors.PostgreSql;

/// <summary>
/// The tables in PostgreSQL. With pgvector, a sequence's vector is a <c>vector</c>, or a <c>halfvec</c> where it leaves the device in half
/// precision; without it, and with a vector a token, an array of <c>real</c>, of two dimensions for tokens. 8-bit vectors are arrays of
/// <c>smallint</c> with their scale, half of the size, and a view shows them in single precision.
/// </summary>
/// <param name="table">The table, with its schema.</param>
/// <param name="layout">How the vectors lie in memory.</param>
/// <param name="type">What the column of vectors is.</param>
/// <param name="extension">pgvector, where the database has it.</param>
internal sealed class PostgreSqlSchema(TableName table, VectorLayout layout, PostgreSqlVectorType type, VectorExtension? extension)
{
    /// <summary>Asks whether the table of schema $1 and name $2 has an index of pgvector's on its vectors.</summary>
    public const string HasIndex =
        "SELECT EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam JOIN pg_class t ON t.oid = i.indrelid "
        + "JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0] "
        + "WHERE n.nspname = $1 AND t.relname = $2 AND a.attname = 'vector' AND i.indisvalid AND m.amname IN ('hnsw', 'ivfflat'))";

    /// <summary>What the column of vectors is.</summary>
    public PostgreSqlVectorType Type => type;

    /// <summary>Names of the columns, in their order.</summary>
    public string Columns => HasScale ? "id, text_hash, vector, scale, text" : "id, text_hash, vector, text";

    /// <summary>Whether elements have to be multiplied by a scale.</summary>
    public bool HasScale => layout.Precision == VectorPrecision.Int8;

    /// <summary>Names and types of the columns, without keys.</summary>
    public string ColumnTypes =>
        $"id text COLLATE \"C\", text_hash bigint, vector {VectorType}, {(HasScale ? $"scale real{(layout.IsTokenLevel ? "[]" : "")}, " : "")}text text";

    /// <summary>What replaces a row that is there.</summary>
    public string Replacements => string.Join(", ", Columns.Split(", ").Skip(1).Select(column => $"{column} = excluded.{column}"));

    /// <summary>
    /// Makes the table and, where elements have a scale, the view; with none of either there. Vectors are not compressed: that costs time and
    /// makes noise no smaller.
    /// </summary>
    public string Create =>
        $"CREATE TABLE {table.Sql} ({ColumnTypes}, PRIMARY KEY (id));"
        + $"ALTER TABLE {table.Sql} ALTER text_hash SET NOT NULL, ALTER vector SET NOT NULL, ALTER vector SET STORAGE EXTERNAL;"
        + (HasScale ? $"CREATE VIEW {table.View.Sql} AS SELECT id, text_hash, {ViewElements} AS vector, text FROM {table.Sql};" : "");

    /// <summary>Removes them.</summary>
    public string Drop => $"{(HasScale ? $"DROP VIEW IF EXISTS {table.View.Sql};" : "")}DROP TABLE {table.Sql};";

    /// <summary>The type that suits a layout.</summary>
    public static PostgreSqlVectorType TypeFor(VectorLayout layout, VectorExtension? extension)
    {
        if (layout.Precision == VectorPrecision.Int8)
        {
            return PostgreSqlVectorType.SmallInts;
        }

        if (extension is null || layout.IsTokenLevel || layout.Dimension > VectorExtension.MaximumDimension)
        {
            return PostgreSqlVectorType.Reals;
        }

        return layout.Precision == VectorPrecision.Float16 && extension.HasHalf ? PostgreSqlVectorType.HalfVector : PostgreSqlVectorType.Vector;
    }

    /// <summary>Finds a sequence's vector, by $1: the array of its elements and, where there is one, its scale.</summary>
    public string Find => $"SELECT {(IsExtended ? "vector::real[]" : "vector")}{(HasScale ? ", scale" : "")} FROM {table.Sql} WHERE id = $1";

    /// <summary>Finds the nearest to $1, but for $2, at most $3: columns id, text and score.</summary>
    public string Nearest(VectorMetric metric) => IsExtended ? NearestExtended(metric) : NearestPlain(metric);

    /// <summary>
    /// Likewise, among the $4 candidates that an index of pgvector's finds. It serves an order by the column itself, with the operator of the
    /// column's type, and by nothing behind it. The candidates are compared once more: with the query as it is, not rounded to half precision.
    /// </summary>
    public string NearestIndexed(VectorMetric metric)
    {
        var (name, score) = Operator(metric);
        var column = type == PostgreSqlVectorType.HalfVector ? "halfvec" : "vector";
        var candidates = $"SELECT id, text, vector FROM {table.Sql} WHERE id IS DISTINCT FROM $2 "
            + $"ORDER BY vector {extension!.Operator(name)} $1::real[]::{extension.Type(column)} FETCH FIRST ($4) ROWS WITH TIES";
        return Ranked($"SELECT id, text, {Distance(name)} AS distance FROM ({candidates}) AS candidates", score);
    }

    /// <summary>Whether the column has one of pgvector's types.</summary>
    public bool IsExtended => type is PostgreSqlVectorType.Vector or PostgreSqlVectorType.HalfVector;

    private string VectorType => type switch
    {
        PostgreSqlVectorType.Vector => string.Create(CultureInfo.InvariantCulture, $"{extension!.Type("vector")}({layout.Dimension})"),
        PostgreSqlVectorType.HalfVector => string.Create(CultureInfo.InvariantCulture, $"{extension!.Type("halfvec")}({layout.Dimension})"),
        PostgreSqlVectorType.Reals => layout.IsTokenLevel ? "real[][]" : "real[]",
        _ => layout.IsTokenLevel ? "smallint[][]" : "smallint[]",
    };

    /// <summary>8-bit elements times their scale; a token's are made an array before they are one of the sequence's.</summary>
    private string ViewElements => layout.IsTokenLevel
        ? "(SELECT array_agg((SELECT array_agg((e * scale[i])::real ORDER BY n) FROM unnest(vector[i:i]) WITH ORDINALITY AS elements(e, n)) ORDER BY i) "
            + "FROM generate_subscripts(vector, 1) AS tokens(i))"
        : "(SELECT array_agg((e * scale)::real ORDER BY n) FROM unnest(vector) WITH ORDINALITY AS elements(e, n))";

    /// <summary>
    /// By pgvector's operators, of which the smallest result is the nearest, and none comes last. OFFSET 0 keeps an index, which finds not all of
    /// the nearest and not any number, from serving the order.
    /// </summary>
    private string NearestExtended(VectorMetric metric)
    {
        var (name, score) = Operator(metric);
        return Ranked($"SELECT id, text, {Distance(name)} AS distance FROM {table.Sql} WHERE id IS DISTINCT FROM $2 OFFSET 0", score);
    }

    private static (string Name, string Score) Operator(VectorMetric metric) => metric switch
    {
        VectorMetric.Cosine => ("<=>", "1 - distance"),
        VectorMetric.L2 => ("<->", "distance"),
        VectorMetric.InnerProduct => ("<#>", "-distance"),
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, null),
    };

    /// <summary>The distance of a row from the query, which is not rounded to half precision.</summary>
    private string Distance(string name)
    {
        var elements = type == PostgreSqlVectorType.HalfVector ? $"vector::{extension!.Type("vector")}" : "vector";
        return $"{elements} {extension!.Operator(name)} $1::real[]::{extension.Type("vector")}";
    }

    private static string Ranked(string distances, string score) =>
        $"SELECT id, text, {score} AS score FROM ({distances}) AS nearest WHERE distance <> 'NaN'::float8 ORDER BY distance, id LIMIT $3";

    /// <summary>By sums over elements, in double precision.</summary>
    private string NearestPlain(VectorMetric metric)
    {
        var score = metric switch
        {
            VectorMetric.Cosine => "dot / NULLIF(sqrt(norm) * sqrt(query_norm), 0)",
            VectorMetric.L2 => "sqrt(square)",
            VectorMetric.InnerProduct => "dot",
            _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, null),
        };
        var isDistance = metric == VectorMetric.L2;
        var (tokens, elements, scale) = layout.IsTokenLevel
            ? (" CROSS JOIN LATERAL generate_subscripts(vector, 1) AS tokens(i)", "vector[i:i]", "scale[i]")
            : ("", "vector", "scale");
        var sums = $"SELECT id, text, {score} AS score FROM {table.Sql}{tokens} CROSS JOIN LATERAL (SELECT sum(a * b) AS dot, sum(a * a) AS norm, "
            + $"sum(b * b) AS query_norm, sum((a - b) * (a - b)) AS square FROM (SELECT e::float8{(HasScale ? $" * {scale}" : "")}, q::float8 "
            + $"FROM unnest({elements}, $1::real[]) AS pairs(e, q)) AS numbers(a, b)) AS sums WHERE id IS DISTINCT FROM $2";
        sums = $"SELECT * FROM ({sums}) AS scores WHERE score <> 'NaN'::float8";
        if (layout.IsTokenLevel)
        {
            sums = $"SELECT id, min(text) AS text, {(isDistance ? "min" : "max")}(score) AS score FROM ({sums}) AS tokens GROUP BY id";
        }

        return $"SELECT id, text, score FROM ({sums}) AS scores ORDER BY score {(isDistance ? "ASC" : "DESC")}, id LIMIT $3";
    }
}

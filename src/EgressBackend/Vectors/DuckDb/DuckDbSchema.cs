using System.Globalization;
using Egress.Models;

namespace Egress.Backend.Vectors.DuckDb;

/// <summary>
/// The tables in DuckDB. Vectors are arrays of fixed length. Half-precision ones are stored in single precision, which DuckDB computes with
/// and which holds them exactly; 8-bit ones as such, a quarter of the size, with their scale, and a view shows them in single precision.
/// </summary>
/// <param name="table">The table.</param>
/// <param name="layout">How the vectors lie in memory.</param>
internal sealed class DuckDbSchema(TableName table, VectorLayout layout)
{
    /// <summary>Names of the columns, in their order.</summary>
    public string Columns => HasScale ? "id, text_hash, vector, scale, text" : "id, text_hash, vector, text";

    /// <summary>Names and types of the columns.</summary>
    public string ColumnTypes
    {
        get
        {
            var tokens = layout.IsTokenLevel ? "[]" : "";
            var scale = HasScale ? $"scale FLOAT{tokens} NOT NULL, " : "";
            var element = HasScale ? "TINYINT" : "FLOAT";
            return string.Create(
                CultureInfo.InvariantCulture,
                $"id VARCHAR PRIMARY KEY, text_hash BIGINT NOT NULL, vector {element}[{layout.Dimension}]{tokens} NOT NULL, {scale}text VARCHAR");
        }
    }

    /// <summary>Whether elements have to be multiplied by a scale.</summary>
    public bool HasScale => layout.Precision == VectorPrecision.Int8;

    /// <summary>What replaces a row that is there.</summary>
    public string Replacements => string.Join(", ", Columns.Split(", ").Skip(1).Select(column => $"{column} = excluded.{column}"));

    /// <summary>Makes the table and, where elements have a scale, the view; with none of either there.</summary>
    public string Create => $"CREATE TABLE {table.Sql} ({ColumnTypes});{(HasScale ? CreateView : "")}";

    /// <summary>Removes them.</summary>
    public string Drop => $"{(HasScale ? $"DROP VIEW IF EXISTS {table.View.Sql};" : "")}DROP TABLE {table.Sql};";

    /// <summary>What gives one row a vector, of the sequence or of one of its tokens: columns id, text and the single-precision vector.</summary>
    public string Elements
    {
        get
        {
            var source = layout.IsTokenLevel
                ? $"(SELECT id, text, unnest(vector) AS vector{(HasScale ? ", unnest(scale) AS scale" : "")} FROM {table.Sql})"
                : table.Sql;
            return $"SELECT id, text, {Scaled("vector", "scale")} AS vector FROM {source}";
        }
    }

    private string CreateView
    {
        get
        {
            var vectors = layout.IsTokenLevel
                ? $"list_transform(list_zip(vector, scale), lambda token: {Scaled("token[1]", "token[2]")})"
                : Scaled("vector", "scale");
            return $"CREATE VIEW {table.View.Sql} AS SELECT id, text_hash, {vectors} AS vector, text FROM {table.Sql};";
        }
    }

    private string Scaled(string vector, string scale) => HasScale
        ? string.Create(CultureInfo.InvariantCulture, $"list_transform({vector}::TINYINT[], lambda element: element * {scale})::FLOAT[{layout.Dimension}]")
        : vector;
}

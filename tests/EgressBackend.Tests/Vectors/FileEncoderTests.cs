using System.Globalization;
using System.Text.Json;
using DuckDB.NET.Data;
using Egress.Backend.Vectors.DuckDb;
using Egress.Models;
using Egress.Tests;
using Egress.Vectors;

namespace Egress.Backend.Tests.Vectors;

/// <summary>Files of vectors, read by programs that nobody here wrote: DuckDB, and npm's apache-arrow and hyparquet.</summary>
public sealed class FileEncoderTests : IDisposable
{
    private const int Dimension = 12;
    private readonly TemporaryFolder _folder = new();

    public FileEncoderTests() => DuckDbLibrary.EnsureLoaded();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(TestVectors.Layouts), MemberType = typeof(TestVectors))]
    public void DuckDB_reads_from_Parquet_what_was_written(VectorPrecision precision, bool isTokenLevel)
    {
        var (layout, batch) = Batch(precision, isTokenLevel, hasTexts: true);
        var path = Write(VectorFormat.Parquet, ".parquet", batch);

        using var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT * FROM '{path}'";
        using var reader = command.ExecuteReader();
        var isInteger = precision == VectorPrecision.Int8;
        var element = (isInteger ? "TINYINT" : "FLOAT") + (isTokenLevel ? "[][]" : "[]");
        Assert.Equal((string[])["VARCHAR", element, .. isInteger ? new[] { isTokenLevel ? "FLOAT[]" : "FLOAT" } : [], "VARCHAR"], Types(path));
        foreach (var row in batch.Rows)
        {
            Assert.True(reader.Read());
            Assert.Equal((row.Id, row.Text), (reader.GetString(0), reader.GetString(reader.FieldCount - 1)));
            if (isInteger)
            {
                var expected = TestVectors.Integers(layout, row);
                Assert.Equal(expected.Select(vector => vector.Elements), Vectors<sbyte>(reader, isTokenLevel));
                Assert.Equal(expected.Select(vector => vector.Scale), isTokenLevel ? reader.GetFieldValue<List<float>>(2) : [reader.GetFloat(2)]);
            }
            else
            {
                Assert.Equal(TestVectors.Values(layout, row), Vectors<float>(reader, isTokenLevel));
            }
        }

        Assert.False(reader.Read());
    }

    [Theory]
    [InlineData(VectorFormat.Arrow, ".arrow")]
    [InlineData(VectorFormat.Parquet, ".parquet")]
    public void JavaScript_reads_what_was_written(VectorFormat format, string extension)
    {
        var readers = ForeignReaders.Install();
        foreach (var (precision, isTokenLevel) in TestVectors.Layouts.Select(row => row.Data))
        {
            var (layout, batch) = Batch(precision, isTokenLevel, hasTexts: isTokenLevel);
            using var rows = JsonDocument.Parse(readers.Read(Write(format, extension, batch)));
            Assert.Equal(batch.Rows.Count, rows.RootElement.GetArrayLength());
            foreach (var (row, found) in batch.Rows.Zip(rows.RootElement.EnumerateArray()))
            {
                Assert.Equal(row.Id, found.GetProperty("id").GetString());
                Assert.Equal(row.Text, found.TryGetProperty("text", out var text) ? text.GetString() : null);
                var vectors = isTokenLevel ? found.GetProperty("vector").EnumerateArray() : Enumerable.Repeat(found.GetProperty("vector"), 1);
                var scales = precision != VectorPrecision.Int8 ? null : isTokenLevel ? Numbers(found.GetProperty("scale")) : [found.GetProperty("scale").GetSingle()];
                var values = vectors.Select((vector, i) => Array.ConvertAll(Numbers(vector), element => scales is null ? element : element * scales[i]));
                Assert.Equal(TestVectors.Values(layout, row), values);
            }
        }
    }

    [Theory]
    [InlineData(VectorFormat.Arrow)]
    [InlineData(VectorFormat.Parquet)]
    [InlineData(VectorFormat.Npy)]
    public void What_was_written_is_read_bit_for_bit(VectorFormat format)
    {
        var encoder = format == VectorFormat.Npy ? new NpyVectorEncoder() : new TorchBackend().VectorEncoder(format);
        foreach (var (precision, isTokenLevel) in TestVectors.Layouts.Select(row => row.Data))
        {
            foreach (var hasTexts in new[] { false, true })
            {
                var (layout, batch) = Batch(precision, isTokenLevel, hasTexts);
                var files = encoder.Extensions(layout).ToDictionary(extension => extension, extension =>
                {
                    using var stream = new ForwardStream();
                    encoder.Write(extension, batch, stream);
                    return stream.Written;
                });
                var rows = encoder.Read(layout, extension => new MemoryStream(files[extension], writable: false));
                Assert.Equal(batch.Rows.Select(row => (row.Id, row.Text, row.VectorCount)), rows.Select(row => (row.Id, row.Text, row.VectorCount)));
                Assert.All(batch.Rows.Zip(rows), pair => Assert.Equal(pair.First.Data.ToArray(), pair.Second.Data.ToArray()));
            }
        }
    }

    [Fact]
    public void Arrow_keeps_half_precision_and_vectors_of_fixed_length()
    {
        var readers = ForeignReaders.Install();
        foreach (var (precision, type) in new[] { (VectorPrecision.Float32, "Float32"), (VectorPrecision.Float16, "Float16"), (VectorPrecision.Int8, "Int8") })
        {
            Assert.Contains(
                $"vector: FixedSizeList[{Dimension}]<{type}>",
                readers.Schema(Write(VectorFormat.Arrow, ".arrow", Batch(precision, isTokenLevel: false, hasTexts: false).Batch)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Files_say_what_their_vectors_are()
    {
        var path = Write(VectorFormat.Parquet, ".parquet", Batch(VectorPrecision.Float16, isTokenLevel: true, hasTexts: false).Batch);
        var found = Query($"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{path}')");
        Assert.Contains("egress.precision Float16", found);
        Assert.Contains("egress.dimension 12", found);
        Assert.Contains("egress.vectors one a token", found);
    }

    [Fact]
    public void Half_precision_and_8_bit_vectors_are_smaller_in_Parquet_too()
    {
        long Bytes(VectorPrecision precision) => new FileInfo(Write(
            VectorFormat.Parquet, ".parquet", TestVectors.Batch(new VectorLayout(precision, 768, false), Enumerable.Range(0, 256).Select(i => $"{i}")))).Length;
        var single = Bytes(VectorPrecision.Float32);
        Assert.InRange(single, 256 * 768 * 4, 256 * 768 * 4.2);
        Assert.InRange(Bytes(VectorPrecision.Float16), 0, single * 0.65);
        Assert.InRange(Bytes(VectorPrecision.Int8), 0, single * 0.4);
    }

    [Fact]
    public void A_batch_of_many_elements_is_written_in_row_groups()
    {
        var layout = new VectorLayout(VectorPrecision.Float32, 768, IsTokenLevel: true);
        var batch = new VectorBatch(layout, [.. Enumerable.Range(0, 40).Select(i => new VectorRow($"{i}", 0, null, 512, new byte[512 * layout.VectorBytes]))]);
        var path = Write(VectorFormat.Parquet, ".parquet", batch);
        Assert.Equal(40, new TorchBackend().VectorEncoder(VectorFormat.Parquet).Read(layout, _ => File.OpenRead(path)).Count);
        Assert.Equal(["40 15728640"], Query($"SELECT count(*), sum(len(flatten(vector))) FROM '{path}'"));
        Assert.True(int.Parse(Query($"SELECT num_row_groups, 0 FROM parquet_file_metadata('{path}')")[0].Split(' ')[0], CultureInfo.InvariantCulture) > 1);
    }

    private static (VectorLayout Layout, VectorBatch Batch) Batch(VectorPrecision precision, bool isTokenLevel, bool hasTexts)
    {
        var layout = new VectorLayout(precision, Dimension, isTokenLevel);
        return (layout, TestVectors.Batch(layout, Enumerable.Range(0, 70).Select(i => $"id {i} größe 😀"), hasTexts: hasTexts));
    }

    private static float[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetSingle())];

    private static T[][] Vectors<T>(DuckDBDataReader reader, bool isTokenLevel) => isTokenLevel
        ? [.. reader.GetFieldValue<List<List<T>>>(1).Select(vector => vector.ToArray())]
        : [[.. reader.GetFieldValue<List<T>>(1)]];

    private static List<string> Types(string path) => [.. Query($"SELECT column_type, '' FROM (DESCRIBE FROM '{path}')").Select(type => type.TrimEnd())];

    private static List<string> Query(string sql)
    {
        using var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(string.Create(CultureInfo.InvariantCulture, $"{reader.GetValue(0)} {reader.GetValue(1)}"));
        }

        return rows;
    }

    private string Write(VectorFormat format, string extension, VectorBatch batch)
    {
        var encoder = new TorchBackend().VectorEncoder(format);
        Assert.Equal([extension], encoder.Extensions(batch.Layout));
        var path = _folder[$"part{extension}"];
        using var stream = new ForwardStream();
        encoder.Write(extension, batch, stream);
        File.WriteAllBytes(path, stream.Written);
        return path;
    }
}

using Egress.Models;
using Egress.Vectors;

namespace Egress.Backend.Tests.Vectors;

/// <summary>With the extension vectors have its types. It is in a schema that is on nobody's search path.</summary>
public sealed class PgVectorTests(PostgreSqlServer server) : PostgreSqlTests(server, "extensions"), IDisposable
{
    private const int Rows = 3000;

    [Theory]
    [InlineData(VectorPrecision.Float32, 12, false, "extensions.vector(12)")]
    [InlineData(VectorPrecision.Float16, 12, false, "extensions.halfvec(12)")]
    [InlineData(VectorPrecision.Float32, 16_001, false, "real[]")]
    [InlineData(VectorPrecision.Float32, 12, true, "real[]")]
    [InlineData(VectorPrecision.Int8, 12, false, "smallint[]")]
    public void Columns_have_the_types_that_the_documentation_names(VectorPrecision precision, int dimension, bool isTokenLevel, string type)
    {
        Open(new VectorLayout(precision, dimension, isTokenLevel)).Dispose();
        Assert.Equal([type], Query(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'embeddings'::regclass AND attname = 'vector'", reader => reader.GetString(0)));
    }

    [Fact]
    public void Vectors_that_are_no_numbers_are_refused_with_advice()
    {
        using var store = Open(Float32);
        var row = TestVectors.Row(Float32, "nan", [[.. Enumerable.Repeat(float.NaN, 12)]]);
        var error = Assert.Throws<EgressException>(() => store.Write(new VectorBatch(Float32, [row]), Token));
        Assert.Equal((EgressErrorId.VectorStoreFailed, EgressErrorCategory.WriteError), (error.ErrorId, error.Category));
        Assert.Contains("NaN", error.Message, StringComparison.Ordinal);
        Assert.Contains("finite", error.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(VectorPrecision.Float32, "hnsw", "vector", VectorMetric.Cosine, "cosine")]
    [InlineData(VectorPrecision.Float16, "hnsw", "halfvec", VectorMetric.Cosine, "cosine")]
    [InlineData(VectorPrecision.Float16, "hnsw", "halfvec", VectorMetric.L2, "l2")]
    [InlineData(VectorPrecision.Float16, "ivfflat", "halfvec", VectorMetric.InnerProduct, "ip")]
    public void A_query_uses_an_index_of_the_extension(VectorPrecision precision, string method, string type, VectorMetric metric, string operators)
    {
        var layout = Float32 with { Precision = precision };
        WriteIndexed(layout, $"USING {method} (vector extensions.{type}_{operators}_ops)");
        using (var search = Search())
        {
            var vector = search.FindVector("5");
            var found = search.Nearest(vector, 10, metric, "5");
            Assert.Equal(10, found.Count);
            Assert.DoesNotContain("5", found.Select(match => match.Id));
        }

        // The server counts a little later.
        Assert.True(SpinWait.SpinUntil(() => IndexScans() == 1, TimeSpan.FromSeconds(20)), $"{IndexScans()} scans");
    }

    [Theory]
    [InlineData(VectorPrecision.Float32, "hnsw (vector extensions.vector_l2_ops)")]
    [InlineData(VectorPrecision.Float16, "hnsw (vector extensions.halfvec_l2_ops)")]
    [InlineData(VectorPrecision.Float32, "ivfflat (vector extensions.vector_l2_ops) WITH (lists = 100)")]
    public void As_many_come_as_were_asked_for_whatever_an_index_finds(VectorPrecision precision, string index)
    {
        var layout = Float32 with { Precision = precision };
        var batch = WriteIndexed(layout, $"USING {index}");
        using var search = Search();
        var query = search.FindVector("5")!;
        foreach (var top in new[] { 41, 200, 999, 1500, Rows, 5000 })
        {
            var found = search.Nearest(query, top, VectorMetric.L2, null);
            Assert.Equal(Math.Min(top, Rows), found.Count);
            Assert.Equal(found.Count, found.Select(match => match.Id).Distinct().Count());
            Assert.Equal("5", found[0].Id);
            Assert.Equal(found.Select(match => match.Score).Order(), found.Select(match => match.Score));
        }

        // With all of them, all are the nearest.
        var nearest = batch.Rows.OrderBy(row => TestVectors.Values(layout, row)[0].Zip(query, (a, b) => Math.Pow(a - (double)b, 2)).Sum()).Take(1500).Select(row => row.Id);
        Assert.Equal(nearest, search.Nearest(query, 1500, VectorMetric.L2, null).Select(match => match.Id));
    }

    [Fact]
    public void A_query_that_has_no_half_precision_is_answered_beside_the_index()
    {
        WriteIndexed(Float32 with { Precision = VectorPrecision.Float16 }, "USING hnsw (vector extensions.halfvec_l2_ops)");
        using var search = Search();
        Assert.Equal(10, search.Nearest(Enumerable.Repeat(1e6f, 12).ToArray(), 10, VectorMetric.L2, null).Count);
    }

    public void Dispose() => Execute("ALTER ROLE CURRENT_USER RESET enable_seqscan");

    private VectorBatch WriteIndexed(VectorLayout layout, string index)
    {
        var batch = TestVectors.Batch(layout, Enumerable.Range(0, Rows).Select(i => $"{i}"));
        using (var store = Open(layout))
        {
            store.Write(batch, Token);
        }

        // A table of this size is read as a whole where the planner has the choice.
        Execute($"CREATE INDEX ON embeddings {index}; ANALYZE embeddings; ALTER ROLE CURRENT_USER SET enable_seqscan = off");
        return batch;
    }

    private long IndexScans() => Query(
        $"SELECT idx_scan FROM pg_stat_user_indexes WHERE schemaname = '{Schema}' AND indexrelname LIKE '%vector%'", reader => reader.GetInt64(0)).Single();
}

using Egress.Models;
using Egress.Vectors;

namespace Egress.Backend.Tests.Vectors;

/// <summary>With the extension vectors have its types. It is in a schema that is on nobody's search path.</summary>
public sealed class PgVectorTests(PostgreSqlServer server) : PostgreSqlTests(server, "extensions")
{
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

    [Fact]
    public void A_query_uses_an_index_of_the_extension()
    {
        using (var store = Open(Float32))
        {
            store.Write(TestVectors.Batch(Float32, Enumerable.Range(0, 3000).Select(i => $"{i}")), Token);
        }

        // A table of this size is read as a whole where the planner has the choice.
        Execute("CREATE INDEX ON embeddings USING hnsw (vector extensions.vector_cosine_ops); ANALYZE embeddings; ALTER ROLE CURRENT_USER SET enable_seqscan = off");
        try
        {
            using var search = Search();
            Assert.Equal(10, search.Nearest(search.FindVector("5"), 10, VectorMetric.Cosine, "5").Count);
        }
        finally
        {
            Execute("ALTER ROLE CURRENT_USER RESET enable_seqscan");
        }

        // The server counts a little later.
        Assert.True(SpinWait.SpinUntil(
            () => Query("SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname LIKE '%vector%'", reader => reader.GetInt64(0)).Single() == 1,
            TimeSpan.FromSeconds(20)));
    }
}

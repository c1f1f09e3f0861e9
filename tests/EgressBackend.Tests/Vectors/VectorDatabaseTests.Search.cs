using Egress.Models;
using Egress.Vectors;

namespace Egress.Backend.Tests.Vectors;

/// <content>Queries.</content>
public abstract partial class VectorDatabaseTests
{
    [Theory]
    [MemberData(nameof(TestVectors.Layouts), MemberType = typeof(TestVectors))]
    public void The_nearest_are_those_that_a_look_at_all_of_them_finds(VectorPrecision precision, bool isTokenLevel)
    {
        var layout = new VectorLayout(precision, Dimension, isTokenLevel);
        var batch = TestVectors.Batch(layout, Enumerable.Range(0, 300).Select(i => $"{i}"), hasTexts: true);
        using (var store = Open(layout, storesTexts: true))
        {
            store.Write(batch, Token);
        }

        using var search = Search();
        Assert.Equal((layout, TestVectors.Settings().Id), (search.Layout, search.Settings.Id));
        var random = new Random(5);
        foreach (var metric in Enum.GetValues<VectorMetric>())
        {
            var query = TestVectors.RandomVector(random, Dimension);
            var expected = batch.Rows
                .Select(row => (row.Id, Score: Best(metric, TestVectors.Values(layout, row).Select(vector => Score(metric, vector, query)))))
                .OrderBy(match => metric == VectorMetric.L2 ? match.Score : -match.Score).Take(20).ToList();
            var found = search.Nearest(query, 20, metric, null);

            Assert.Equal(Enumerable.Range(1, 20), found.Select(match => match.Rank));
            Assert.Equal(expected.Select(match => match.Id), found.Select(match => match.Id));
            Assert.All(found.Zip(expected), pair => Assert.Equal(pair.Second.Score, pair.First.Score, 1e-5));
            Assert.All(found, match => Assert.Equal((metric, $"the text of {match.Id}"), (match.Metric, match.Text)));
            Assert.Equal(found[1].Id, search.Nearest(query, 1, metric, found[0].Id).Single().Id);
        }
    }

    [Fact]
    public void A_stored_vector_is_found_by_its_id()
    {
        var batch = TestVectors.Batch(Float32, ["a", "b"]);
        using (var store = Open(Float32))
        {
            store.Write(batch, Token);
        }

        using var search = Search();
        Assert.Equal(TestVectors.Values(Float32, batch.Rows[1])[0], search.FindVector("b"));
        Assert.Null(search.FindVector("c"));
        Assert.All(search.Nearest(search.FindVector("b"), 5, VectorMetric.L2, null), match => Assert.Null(match.Text));
    }

    [Fact]
    public void Equally_near_ones_come_by_their_ids()
    {
        using (var store = Open(Float32))
        {
            var vector = TestVectors.RandomVector(new Random(1), Dimension);
            store.Write(new VectorBatch(Float32, [.. new[] { "ä", "b", "B", "a", "C" }.Select(id => TestVectors.Row(Float32, id, [vector]))]), Token);
        }

        using var search = Search();
        foreach (var metric in Enum.GetValues<VectorMetric>())
        {
            var matches = search.Nearest(TestVectors.RandomVector(new Random(2), Dimension), 5, metric, null);
            Assert.Equal(["B", "C", "a", "b", "ä"], matches.Select(match => match.Id));
        }
    }

    [Fact]
    public void A_vector_of_zeros_has_no_direction_and_disturbs_no_query()
    {
        using (var store = Open(Float32))
        {
            store.Write(
                new VectorBatch(Float32, [TestVectors.Row(Float32, "zero", [new float[Dimension]]), .. TestVectors.Batch(Float32, ["a", "b"]).Rows]), Token);
        }

        using var search = Search();
        var query = search.FindVector("a")!;
        Assert.Equal(["a", "b"], search.Nearest(query, 5, VectorMetric.Cosine, null).Select(match => match.Id));
        Assert.Equal(3, search.Nearest(query, 5, VectorMetric.L2, null).Count);
        Assert.Equal(3, search.Nearest(query, 5, VectorMetric.InnerProduct, null).Count);
        Assert.Empty(search.Nearest(new float[Dimension], 5, VectorMetric.Cosine, null));
        Assert.Equal("zero", search.Nearest(new float[Dimension], 5, VectorMetric.L2, null)[0].Id);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_query_that_is_no_vector_is_an_error(float element)
    {
        Open(Float32).Dispose();
        using var search = Search();
        var query = new float[Dimension];
        query[3] = element;
        Assert.Equal(
            EgressErrorId.VectorQueryInvalid, Assert.Throws<EgressException>(() => search.Nearest(query, 5, VectorMetric.Cosine, null)).ErrorId);
    }

    [Fact]
    public void A_table_with_a_vector_a_token_has_none_of_a_sequence()
    {
        Open(Float32 with { IsTokenLevel = true }).Dispose();
        using var search = Search();
        Assert.Equal(EgressErrorId.VectorQueryInvalid, Assert.Throws<EgressException>(() => search.FindVector("a")).ErrorId);
    }

    private protected IVectorSearch Search(string? table = null) =>
        new TorchBackend().OpenVectorSearch(table is null ? Destination : Destination with { Table = table });

    private static double Best(VectorMetric metric, IEnumerable<double> scores) => metric == VectorMetric.L2 ? scores.Min() : scores.Max();

    private static double Score(VectorMetric metric, float[] a, float[] b)
    {
        double Dot(float[] x, float[] y) => x.Zip(y, (p, q) => (double)p * q).Sum();
        return metric switch
        {
            VectorMetric.Cosine => Dot(a, b) / Math.Sqrt(Dot(a, a) * Dot(b, b)),
            VectorMetric.L2 => Math.Sqrt(a.Zip(b, (p, q) => ((double)p - q) * ((double)p - q)).Sum()),
            _ => Dot(a, b),
        };
    }
}

using Egress.Embedding;
using Egress.Models;
using Egress.Output;
using Egress.Vectors;

namespace Egress.Backend.Tests.Vectors;

/// <summary>What every database of vectors has to do. Contents are read with the database's own library, not with the code under test.</summary>
public abstract class VectorDatabaseTests
{
    private const int Dimension = 12;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected static VectorLayout Float32 { get; } = new(VectorPrecision.Float32, Dimension, IsTokenLevel: false);

    /// <summary>The database, with a table that no other test uses.</summary>
    private protected abstract VectorDestination Destination { get; }

    /// <summary>Every vector's elements as the database shows them in single precision, by id.</summary>
    private protected abstract Dictionary<string, float[][]> ReadVectors(VectorDestination destination, VectorLayout layout);

    /// <summary>Ids, hashes and texts, sorted by id.</summary>
    private protected abstract List<(string Id, long Hash, string? Text)> ReadRows(VectorDestination destination);

    /// <summary>Runs a statement.</summary>
    private protected abstract void Execute(string sql);

    /// <summary>A table as SQL names it.</summary>
    private protected virtual string Sql(string table) => $"\"{table.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    [Theory]
    [MemberData(nameof(TestVectors.Layouts), MemberType = typeof(TestVectors))]
    public void What_is_written_is_there_bit_for_bit(VectorPrecision precision, bool isTokenLevel)
    {
        var layout = new VectorLayout(precision, Dimension, isTokenLevel);
        var ids = Enumerable.Range(0, 2500).Select(i => $"id {i} größe 😀").ToArray();
        var batches = ids.Chunk(2100).Select((chunk, i) => TestVectors.Batch(layout, chunk, i)).ToArray();
        using (var store = Open(layout))
        {
            foreach (var batch in batches)
            {
                var commit = store.Write(batch, TestContext.Current.CancellationToken);
                Assert.Equal((store.Location, batch.Rows.Sum(row => (long)row.Data.Length)), (commit.Location, commit.Bytes));
            }

            store.Complete();
        }

        var found = ReadVectors(Destination, layout);
        Assert.Equal(ids.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        foreach (var row in batches.SelectMany(batch => batch.Rows))
        {
            Assert.Equal(TestVectors.Values(layout, row), found[row.Id]);
        }
    }

    [Fact]
    public void A_sequence_is_stored_changed_or_missing()
    {
        using var store = Open(Float32);
        store.Write(TestVectors.Batch(Float32, ["a", "b"]), Token);

        Assert.Equal(
            [StoredState.Missing, StoredState.Stored, StoredState.Changed], store.Find([new("c", 7), new("b", 7), new("a", 8)]));
        store.Write(TestVectors.Batch(Float32, ["a", "c"], seed: 2, textHash: 8), Token);
        using var later = Open(Float32, mode: OutputMode.Resume);
        Assert.Equal([StoredState.Stored, StoredState.Stored, StoredState.Stored], later.Find([new("a", 8), new("b", 7), new("c", 8)]));
        Assert.Empty(later.Find([]));
        using var again = Open(Float32, mode: OutputMode.Replace);
        Assert.Equal([StoredState.Missing], again.Find([new("b", 7)]));
    }

    [Fact]
    public void A_row_is_replaced_as_a_whole()
    {
        using var store = Open(Float32, storesTexts: true);
        var first = TestVectors.Batch(Float32, ["a", "b", "c"], hasTexts: true);
        store.Write(first, Token);
        var second = TestVectors.Batch(Float32, ["d", "b"], seed: 2, textHash: 8);
        store.Write(second, Token);
        store.Complete();

        Assert.Equal([("a", 7L, "the text of a"), ("b", 8L, null), ("c", 7L, "the text of c"), ("d", 8L, null)], ReadRows(Destination));
        var vectors = ReadVectors(Destination, Float32);
        Assert.Equal(TestVectors.Values(Float32, first.Rows[0]), vectors["a"]);
        Assert.Equal(TestVectors.Values(Float32, second.Rows[1]), vectors["b"]);
        Assert.Equal(StoredState.Changed, store.Find([new("b", 8)])[0]);
    }

    [Fact]
    public void Texts_are_stored_whatever_they_hold()
    {
        string[] texts = ["", "größe 😀\r\n\t\"'\\", new('x', 100_000), "\\N", "NULL"];
        using var store = Open(Float32, storesTexts: true);
        store.Write(new VectorBatch(Float32, [.. texts.Select((text, i) => TestVectors.Row(Float32, $"{i}", [new float[Dimension]], text))]), Token);
        Assert.Equal(texts, ReadRows(Destination).Select(row => row.Text));
        Assert.All(store.Find([.. texts.Select((_, i) => new SequenceKey($"{i}", 7))]), state => Assert.Equal(StoredState.Stored, state));
    }

    [Fact]
    public void The_longest_ids_are_keys()
    {
        var random = new Random(1);
        var ids = Enumerable.Range(0, 3).Select(_ => new string([.. Enumerable.Range(0, SequenceKeys.MaximumIdBytes / 2).Select(_ => (char)random.Next(0x80, 0x800))])).ToList();
        Assert.All(ids, id => Assert.Null(SequenceKeys.Problem(id)));
        using var store = Open(Float32);
        store.Write(TestVectors.Batch(Float32, ids), Token);
        Assert.All(store.Find([.. ids.Select(id => new SequenceKey(id, 7))]), state => Assert.Equal(StoredState.Stored, state));
    }

    [Fact]
    public void A_text_that_is_no_valid_unicode_is_stored_with_replacements()
    {
        using var store = Open(Float32, storesTexts: true);
        store.Write(new VectorBatch(Float32, [TestVectors.Row(Float32, "a", [new float[Dimension]], "a\uD800b")]), Token);
        Assert.Equal("a\uFFFDb", ReadRows(Destination).Single().Text);
    }

    [Fact]
    public void Threads_write_at_once()
    {
        using var store = Open(Float32);
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            store.Write(TestVectors.Batch(Float32, Enumerable.Range(0, 50).Select(row => $"{i} {row}"), i), Token));
        Assert.Equal(2000, ReadRows(Destination).Count);
    }

    [Fact]
    public void Two_runs_share_a_table()
    {
        using var one = Open(Float32);
        using var two = Open(Float32);
        Parallel.For(0, 10, i =>
        {
            // Ids that both have, in orders that would have them wait for each other.
            var ids = Enumerable.Range(0, 100).Select(row => $"{row}");
            (i % 2 == 0 ? one : two).Write(TestVectors.Batch(Float32, i % 2 == 0 ? ids : ids.Reverse(), i), Token);
        });
        Assert.Equal(100, ReadRows(Destination).Count);
    }

    [Fact]
    public void A_cancelled_batch_is_not_stored()
    {
        using var store = Open(Float32);
        store.Write(TestVectors.Batch(Float32, ["a"]), Token);
        Assert.ThrowsAny<OperationCanceledException>(() => store.Write(TestVectors.Batch(Float32, ["b"]), new CancellationToken(canceled: true)));
        store.Write(TestVectors.Batch(Float32, ["c"]), Token);
        Assert.Equal(["a", "c"], ReadRows(Destination).Select(row => row.Id));
    }

    [Fact]
    public void A_batch_that_is_cancelled_on_its_way_is_stored_as_a_whole_or_not_at_all()
    {
        var layout = Float32 with { Dimension = 768 };
        using var store = Open(layout);
        var batch = TestVectors.Batch(layout, Enumerable.Range(0, 4000).Select(i => $"{i}"));
        for (var delay = 1; delay < 300; delay *= 3)
        {
            using var cancel = new CancellationTokenSource(delay);
            try
            {
                store.Write(batch, cancel.Token);
            }
            catch (OperationCanceledException)
            {
                // Most do not get so far.
            }

            Assert.Contains(ReadRows(Destination).Count, (int[])[0, 4000]);
        }

        store.Write(batch, Token);
        Assert.Equal(4000, ReadRows(Destination).Count);
    }

    [Fact]
    public void Vectors_of_other_settings_are_kept_apart()
    {
        using (var store = Open(Float32))
        {
            store.Write(TestVectors.Batch(Float32, ["a"]), Token);
        }

        foreach (var mode in new[] { OutputMode.Keep, OutputMode.Resume })
        {
            var error = Assert.Throws<EgressException>(() => Open(Float32, "other", mode));
            Assert.Equal(EgressErrorId.DestinationSettingsDiffer, error.ErrorId);
            Assert.Contains("-Model was bert_tiny and is other", error.Message, StringComparison.Ordinal);
            Assert.Contains("-Force", error.Advice, StringComparison.Ordinal);
        }

        Assert.Equal(
            EgressErrorId.DestinationSettingsDiffer,
            Assert.Throws<EgressException>(() => Open(Float32 with { Dimension = 5 })).ErrorId);
        Assert.Single(ReadRows(Destination));
    }

    [Theory]
    [InlineData(OutputMode.Replace)]
    [InlineData(OutputMode.ResumeAndReplace)]
    public void Vectors_of_other_settings_are_there_until_the_first_batch_replaces_them(OutputMode mode)
    {
        var layout = new VectorLayout(VectorPrecision.Int8, 7, IsTokenLevel: false);
        using (var store = Open(layout))
        {
            store.Write(TestVectors.Batch(layout, ["a", "b"]), Token);
        }

        // A run that fails before its first batch has taken nothing away.
        Open(Float32, "other", mode).Dispose();
        Assert.Equal(2, ReadRows(Destination).Count);

        var batch = TestVectors.Batch(Float32, ["b", "c"]);
        using (var store = Open(Float32, "other", mode))
        {
            Assert.Equal([StoredState.Missing], store.Find([new("a", 7)]));
            store.Write(batch, Token);
            store.Write(TestVectors.Batch(Float32, ["d"]), Token);
        }

        Assert.Equal(["b", "c", "d"], ReadRows(Destination).Select(row => row.Id));
        Assert.Equal(TestVectors.Values(Float32, batch.Rows[0]), ReadVectors(Destination, Float32)["b"]);
        using var later = Open(Float32, "other");
        Assert.Equal([StoredState.Missing, StoredState.Stored], later.Find([new("a", 7), new("c", 7)]));
    }

    [Fact]
    public void A_table_without_rows_takes_other_settings()
    {
        Open(new VectorLayout(VectorPrecision.Int8, 3, IsTokenLevel: true)).Dispose();
        using var store = Open(Float32, "other");
        store.Write(TestVectors.Batch(Float32, ["a"]), Token);
        Assert.Single(ReadVectors(Destination, Float32));
    }

    [Fact]
    public void A_run_whose_table_another_one_replaces_ends()
    {
        using var store = Open(Float32);
        store.Write(TestVectors.Batch(Float32, ["a"]), Token);
        using (var other = Open(Float32, "other", OutputMode.Replace))
        {
            other.Write(TestVectors.Batch(Float32, ["b"]), Token);
        }

        var error = Assert.Throws<EgressException>(() => store.Write(TestVectors.Batch(Float32, ["c"]), Token));
        Assert.Equal(EgressErrorId.VectorStoreFailed, error.ErrorId);
        Assert.Equal(["b"], ReadRows(Destination).Select(row => row.Id));
    }

    [Fact]
    public void A_table_of_something_else_is_left_alone()
    {
        Open(Float32, table: "first").Dispose();
        Execute($"CREATE TABLE {Sql("foreign")} (id INT); INSERT INTO {Sql("foreign")} VALUES (1)");
        foreach (var mode in Enum.GetValues<OutputMode>())
        {
            var error = Assert.Throws<EgressException>(() => Open(Float32, mode: mode, table: "foreign"));
            Assert.Equal(EgressErrorId.VectorStoreInvalid, error.ErrorId);
        }

        var query = Assert.Throws<EgressException>(() => Search("foreign"));
        Assert.Equal((EgressErrorId.VectorStoreInvalid, EgressErrorCategory.InvalidData), (query.ErrorId, query.Category));
        query = Assert.Throws<EgressException>(() => Search("nothing"));
        Assert.Equal((EgressErrorId.VectorStoreInvalid, EgressErrorCategory.ObjectNotFound), (query.ErrorId, query.Category));
    }

    [Theory]
    [InlineData("\"a\"\"; DROP TABLE \"\"b\"", "a\"; DROP TABLE \"b")]
    [InlineData("x'; DROP TABLE embeddings; --", "x'; DROP TABLE embeddings; --")]
    [InlineData("\"with.point\"", "with.point")]
    [InlineData("SELECT", "SELECT")]
    public void A_name_of_a_table_is_a_name_whatever_it_holds(string table, string name)
    {
        using (var store = Open(new VectorLayout(VectorPrecision.Int8, 4, IsTokenLevel: false), table: table))
        {
            store.Write(TestVectors.Batch(new VectorLayout(VectorPrecision.Int8, 4, IsTokenLevel: false), ["a", "'; DROP TABLE x; --"]), Token);
            store.Write(TestVectors.Batch(new VectorLayout(VectorPrecision.Int8, 4, IsTokenLevel: false), ["a"]), Token);
            Assert.Equal([StoredState.Stored], store.Find([new("'; DROP TABLE x; --", 7)]));
        }

        Assert.Equal(2, ReadRows(Destination with { Table = name }).Count);
        using var search = Search(table);
        Assert.Equal(4, search.FindVector("'; DROP TABLE x; --")!.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b.c")]
    [InlineData("a.")]
    [InlineData("\"a")]
    [InlineData("a\0b")]
    [InlineData("EGRESS_stores")]
    [InlineData("a123456789012345678901234567890123456789012345678901234567890")]
    public void A_name_that_no_table_can_have_is_an_error(string table)
    {
        Assert.Equal(EgressErrorId.OptionInvalid, Assert.Throws<EgressException>(() => Open(Float32, table: table)).ErrorId);
    }

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

    private protected IVectorStore Open(
        VectorLayout layout, string model = "bert_tiny", OutputMode mode = OutputMode.Keep, bool storesTexts = false, string? table = null) =>
        new TorchBackend().OpenVectorDatabase(new VectorStoreOptions
        {
            Destination = table is null ? Destination : Destination with { Table = table },
            Layout = layout,
            Settings = TestVectors.Settings(model),
            Mode = mode,
            StoresTexts = storesTexts,
        });

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

using Egress.Embedding;
using Egress.Models;
using Egress.Output;
using Egress.Vectors;

namespace Egress.Backend.Tests.Vectors;

/// <summary>What every database of vectors has to do. Contents are read with the database's own library, not with the code under test.</summary>
public abstract partial class VectorDatabaseTests
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
}

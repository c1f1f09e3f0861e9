using System.Runtime.InteropServices;
using System.Text.Json;
using Egress.Models;
using Egress.Output;
using Egress.Output.Journal;
using Egress.Output.Stores;
using Egress.Vectors;

namespace Egress.Tests.Vectors;

public sealed class PartStoreTests : IDisposable
{
    private const int Dimension = 2;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_batch_is_a_part_and_a_later_run_finds_its_rows()
    {
        using (var store = Open())
        {
            var commit = Write(store, ("a", 1), ("b", 2));
            Assert.Equal(_folder["part-000000.npy"], commit.Location);
            Write(store, ("c", 3));
            store.Complete();
        }

        Assert.Equal(["part-000000.ids.json", "part-000000.npy", "part-000001.ids.json", "part-000001.npy"], Files);
        using var again = Open();
        Assert.Equal(
            [StoredState.Stored, StoredState.Missing, StoredState.Stored, StoredState.Conflicting],
            again.Find([new("a", 1), new("x", 1), new("c", 3), new("b", 99)]));
        Assert.Equal(_folder["part-000002.npy"], Write(again, ("d", 4)).Location);
    }

    [Fact]
    public void What_a_killed_run_has_not_recorded_goes_away()
    {
        using (var store = Open())
        {
            Write(store, ("a", 1));
        }

        // Committed, and the process was killed before the journal had it.
        File.Copy(_folder["part-000000.npy"], _folder["part-000007.npy"]);
        File.WriteAllText(_folder["notes.npy"], "somebody else's");
        using (var store = Open())
        {
            Write(store, ("b", 2));
        }

        Assert.Equal(["a", "b"], RowsOnDisk());
        Assert.True(File.Exists(_folder["notes.npy"]));
    }

    [Theory]
    [InlineData(OutputMode.Resume)]
    [InlineData(OutputMode.Keep)]
    public void A_part_that_is_gone_is_made_again(OutputMode mode)
    {
        using (var store = Open())
        {
            Write(store, ("a", 1), ("b", 2));
            Write(store, ("c", 3));
        }

        File.Delete(_folder["part-000000.npy"]);
        using (var store = Open(mode))
        {
            Assert.Equal(
                [StoredState.Missing, StoredState.Missing, StoredState.Stored], store.Find([new("a", 1), new("b", 2), new("c", 3)]));
            Write(store, ("a", 1), ("b", 2));
        }

        Assert.Equal(["a", "b", "c"], RowsOnDisk());
    }

    [Fact]
    public void A_damaged_part_is_removed_with_the_first_of_its_rows_that_is_asked_for()
    {
        using (var store = Open())
        {
            Write(store, ("a", 1), ("b", 2));
            store.Complete();
        }

        File.AppendAllText(_folder["part-000000.npy"], "!");
        using (var store = Open(OutputMode.Resume))
        {
            Assert.Equal([StoredState.Missing, StoredState.Missing], store.Find([new("b", 2), new("a", 1)]));
            Write(store, ("b", 2), ("a", 1));
        }

        Assert.Equal(["a", "b"], RowsOnDisk());
        using var destination = LocalStore.ForReading(_folder.Path);
        var verification = new OutputVerifier(destination).Verify(TestContext.Current.CancellationToken);
        Assert.Equal(2, verification.Files);
        Assert.Empty(verification.Problems);
    }

    [Fact]
    public void A_run_that_replaces_takes_nothing_away_before_it_has_committed_something()
    {
        using (var store = Open())
        {
            Write(store, ("a", 1), ("b", 2));
        }

        foreach (var settings in new[] { "one", "other" })
        {
            using var store = Open(OutputMode.Replace, settings);
            Assert.Equal([StoredState.Missing, StoredState.Missing], store.Find([new("a", 1), new("b", 2)]));
            store.Complete();
        }

        Assert.Equal(["a", "b"], RowsOnDisk());
        AssertSound(2);
    }

    [Fact]
    public void A_row_that_is_made_again_is_there_once_and_the_others_stay()
    {
        using (var store = Open())
        {
            Write(store, ("a", 1), ("b", 2));
            Write(store, ("c", 3), ("d", 4));
            Write(store, ("e", 5));
        }

        using (var store = Open(OutputMode.Replace))
        {
            store.Find([new("c", 30), new("z", 26), new("d", 40), new("b", 20)]);
            Write(store, ("c", 30), ("z", 26));
            Write(store, ("d", 40), ("b", 20));
            Assert.False(File.Exists(_folder["part-000001.npy"]), "a part with no row left");
            store.Complete();
        }

        Assert.Equal(["a", "b", "c", "d", "e", "z"], RowsOnDisk());
        Assert.Equal(new float[] { 1, 20, 30, 40, 5, 26 }, VectorsOnDisk());
        AssertSound(8);
        using var later = Open();
        Assert.All(
            later.Find([new("a", 1), new("b", 20), new("c", 30), new("d", 40), new("e", 5), new("z", 26)]), state => Assert.Equal(StoredState.Stored, state));
    }

    [Theory]
    [InlineData(OutputMode.Keep)]
    [InlineData(OutputMode.Resume)]
    [InlineData(OutputMode.Replace)]
    public void What_a_run_that_was_killed_while_it_replaced_has_left_double_is_put_right_by_the_next_one(OutputMode mode)
    {
        using (var store = Open())
        {
            Write(store, ("a", 1), ("b", 2));
        }

        using (var store = Open(OutputMode.Replace))
        {
            store.Find([new("a", 10), new("b", 20)]);
            Write(store, ("a", 10));
        }

        Assert.Equal(["a", "a", "b"], RowsOnDisk());
        using (var store = Open(mode))
        {
            Assert.Equal(["a", "b"], RowsOnDisk());
            store.Complete();
        }

        AssertSound(4);
        using var later = Open();
        Assert.Equal([StoredState.Stored, StoredState.Stored], later.Find([new("a", 10), new("b", 2)]));
    }

    [Fact]
    public void A_part_that_was_not_removed_any_more_goes_with_the_next_run()
    {
        using (var store = Open())
        {
            Write(store, ("a", 1));
        }

        var files = Files.ToDictionary(name => name, name => File.ReadAllBytes(_folder[name]));
        using (var store = Open(OutputMode.Replace))
        {
            store.Find([new("a", 10)]);
            Write(store, ("a", 10));
        }

        PutBack(files);
        Open().Dispose();
        Assert.Equal(["a"], RowsOnDisk());
        Assert.Equal(new float[] { 10 }, VectorsOnDisk());
        AssertSound(2);
    }

    [Fact]
    public void Rows_that_cannot_be_carried_over_are_missing_and_not_double()
    {
        using (var store = Open())
        {
            Write(store, ("a", 1), ("b", 2));
        }

        using (var store = Open(OutputMode.Replace))
        {
            store.Find([new("a", 10)]);
            Write(store, ("a", 10));
            File.AppendAllText(_folder["part-000000.npy"], "!");
            store.Complete();
        }

        Assert.Equal(["a"], RowsOnDisk());
        using var later = Open();
        Assert.Equal([StoredState.Stored, StoredState.Missing], later.Find([new("a", 10), new("b", 2)]));
    }

    [Fact]
    public void Vectors_of_other_settings_go_with_the_first_batch_of_those_that_replace_them()
    {
        using (var store = Open())
        {
            Write(store, ("a", 1), ("b", 2));
            Write(store, ("c", 3));
        }

        using (var store = Open(OutputMode.Replace, "other"))
        {
            Parallel.For(0, 20, row => Write(store, ($"{row}", row)));
            Write(store, ("a", 10));
            Assert.DoesNotContain("c", RowsOnDisk());
        }

        Assert.Equal(21, RowsOnDisk().Count);
        AssertSound(42);
        using var later = Open(settings: "other");
        Assert.Equal([StoredState.Stored, StoredState.Missing], later.Find([new("a", 10), new("b", 2)]));
    }

    [Fact]
    public void A_run_that_was_killed_after_its_first_batch_has_replaced_those_of_other_settings()
    {
        using (var store = Open())
        {
            Write(store, ("a", 1), ("b", 2));
        }

        // As if it had committed its batch and not yet removed anything.
        var files = Files.ToDictionary(name => name, name => File.ReadAllBytes(_folder[name]));
        using (var store = Open(OutputMode.Replace, "other"))
        {
            Write(store, ("b", 20));
        }

        PutBack(files);
        Assert.Equal(["a", "b", "b"], RowsOnDisk());
        Open(OutputMode.ResumeAndReplace, "other").Dispose();
        Assert.Equal(["b"], RowsOnDisk());
        AssertSound(2);
        using var later = Open(settings: "other");
        Assert.Equal([StoredState.Missing, StoredState.Stored], later.Find([new("a", 1), new("b", 20)]));
    }

    [Fact]
    public void Vectors_of_other_settings_are_not_mixed()
    {
        using (var store = Open())
        {
            Write(store, ("a", 1));
        }

        var error = Assert.Throws<EgressException>(() => Open(settings: "other"));
        Assert.Equal(EgressErrorId.DestinationSettingsDiffer, error.ErrorId);
        using (var store = Open(OutputMode.ResumeAndReplace, "other"))
        {
            Assert.Equal([StoredState.Missing], store.Find([new("a", 1)]));
            Write(store, ("z", 1));
        }

        Assert.Equal(["z"], RowsOnDisk());
    }

    [Fact]
    public void Files_of_one_destination_have_one_format_and_the_same_columns()
    {
        using (var store = Open())
        {
            Write(store, ("a", 1));
        }

        var format = Assert.Throws<EgressException>(() => Open(format: VectorFormat.Arrow));
        Assert.Equal(EgressErrorId.DestinationSettingsDiffer, format.ErrorId);
        Assert.Contains("-Format was Npy and is Arrow", format.Message, StringComparison.Ordinal);

        // They would be skipped, and their texts would never be stored.
        var texts = Assert.Throws<EgressException>(() => Open(storesTexts: true));
        Assert.Equal(EgressErrorId.DestinationSettingsDiffer, texts.ErrorId);
        Assert.Contains("-StoreText was False and is True", texts.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_leave_each_others_parts_alone()
    {
        using (var first = Open(scope: "0-of-2"))
        using (var second = Open(scope: "1-of-2"))
        {
            Write(first, ("a", 1));
            Write(second, ("b", 2));
        }

        using (var first = Open(OutputMode.Replace, scope: "0-of-2"))
        {
            first.Find([new("a", 1), new("c", 3)]);
            Write(first, ("a", 1), ("c", 3));
        }

        Assert.Equal(["a", "b", "c"], RowsOnDisk());
    }

    [Fact]
    public void Many_rows_of_a_commit_are_found_whatever_the_order()
    {
        const int Parts = 200;
        using (var store = Open())
        {
            for (var part = 0; part < Parts; part++)
            {
                Write(store, [.. Enumerable.Range(part * 10, 10).Select(row => ($"row {row}", (long)row))]);
            }
        }

        var random = new Random(7);
        var keys = Enumerable.Range(0, Parts * 10).OrderBy(_ => random.Next()).Select(row => new SequenceKey($"row {row}", row)).ToList();
        using var again = Open();
        Assert.All(again.Find(keys), state => Assert.Equal(StoredState.Stored, state));
    }

    private string[] Files => [.. Directory.GetFiles(_folder.Path).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)];

    /// <summary>The ids of all parts that are whole, each as often as it is there.</summary>
    private List<string> RowsOnDisk() =>
    [
        .. Files.Where(name => name.StartsWith("part-", StringComparison.Ordinal) && name.EndsWith(".ids.json", StringComparison.Ordinal))
            .Where(name => File.Exists(_folder[name.Replace(".ids.json", ".npy", StringComparison.Ordinal)]))
            .SelectMany(name => JsonDocument.Parse(File.ReadAllText(_folder[name])).RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetString()!))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The first elements of all rows, in the order of their ids.</summary>
    private float[] VectorsOnDisk() =>
    [
        .. Files.Where(name => name.EndsWith(".ids.json", StringComparison.Ordinal)).SelectMany(name => new NpyVectorEncoder().Read(
                new VectorLayout(VectorPrecision.Float32, Dimension, IsTokenLevel: false), extension => File.OpenRead(_folder[name.Replace(".ids.json", extension, StringComparison.Ordinal)])))
            .OrderBy(row => row.Id, StringComparer.Ordinal).Select(row => MemoryMarshal.Cast<byte, float>(row.Data.Span)[0]),
    ];

    /// <summary>Undoes all removals: as if the process had been killed before them.</summary>
    private void PutBack(Dictionary<string, byte[]> files)
    {
        var lines = File.ReadAllLines(_folder[".egress/journal.jsonl"]).Where(line => !line.Contains("\"removal\"", StringComparison.Ordinal));
        File.WriteAllText(_folder[".egress/journal.jsonl"], string.Concat(lines.Select(line => line + "\n")));
        foreach (var (name, content) in files)
        {
            File.WriteAllBytes(_folder[name], content);
        }
    }

    private void AssertSound(int files)
    {
        using var destination = LocalStore.ForReading(_folder.Path);
        var verification = new OutputVerifier(destination).Verify(TestContext.Current.CancellationToken);
        Assert.Empty(verification.Problems);
        Assert.Equal(files, verification.Files);
    }

    private PartStore Open(OutputMode mode = OutputMode.Keep, string settings = "one", string scope = "", VectorFormat format = VectorFormat.Npy, bool storesTexts = false) => new(
        new VectorStoreOptions
        {
            Destination = new VectorDestination { Format = format, Address = _folder.Path },
            Layout = new VectorLayout(VectorPrecision.Float32, Dimension, IsTokenLevel: false),
            Settings = new RunSettings([KeyValuePair.Create("Model", settings)]),
            Mode = mode,
            Scope = scope,
            StoresTexts = storesTexts,
        },
        new NpyVectorEncoder());

    private static VectorCommit Write(PartStore store, params (string Id, long Hash)[] rows) => store.Write(
        new VectorBatch(
            new VectorLayout(VectorPrecision.Float32, Dimension, IsTokenLevel: false),
            [.. rows.Select(row => new VectorRow(row.Id, row.Hash, null, 1, MemoryMarshal.AsBytes(new float[] { row.Hash, 1 }.AsSpan()).ToArray()))]),
        CancellationToken.None);
}

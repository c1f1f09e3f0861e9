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
    public void Replacing_begins_anew()
    {
        using (var store = Open())
        {
            Write(store, ("a", 1), ("b", 2));
        }

        using (var store = Open(OutputMode.Replace))
        {
            Assert.Equal([StoredState.Missing], store.Find([new("a", 1)]));
            Write(store, ("a", 1));
        }

        Assert.Equal(["a"], RowsOnDisk());
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

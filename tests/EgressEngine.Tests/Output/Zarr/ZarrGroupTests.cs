using System.Text.Json;
using System.Text.Json.Nodes;
using Egress.Models;
using Egress.Output;
using Egress.Output.Journal;
using Egress.Output.Planes;
using Egress.Output.Stores;
using Egress.Output.Zarr;

namespace Egress.Tests.Output.Zarr;

public sealed class ZarrGroupTests : IDisposable
{
    private const int Height = 3;
    private const int Width = 4;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(OutputKind.Labels, 5, ModelPrecision.Float32, "uint8", "255")]
    [InlineData(OutputKind.Labels, 300, ModelPrecision.Float32, "int16", "-1")]
    [InlineData(OutputKind.Logits, 5, ModelPrecision.Float32, "float32", "NaN")]
    [InlineData(OutputKind.Logits, 5, ModelPrecision.Float16, "float16", "NaN")]
    [InlineData(OutputKind.Probabilities, 5, ModelPrecision.BFloat16, "float32", "NaN")]
    public void Each_item_is_a_chunk_of_one_array_over_the_run(
        OutputKind kind, int classes, ModelPrecision precision, string type, string fill)
    {
        var layout = OutputLayout.Create(kind, classes, Height, Width, precision);

        Run(["a", "b", "ü"], layout: layout);

        var array = new ZarrArray(_folder[layout.Arrays[0].Name]);
        Assert.Equal((type, fill), (array.Type, array.FillValue));
        Assert.Equal([3, .. layout.Arrays[0].Spec.Shape], array.Shape);
        Assert.Equal(["a", "b", "ü"], Names());
        for (var i = 0; i < 3; i++)
        {
            var expected = Elements(layout.Arrays[0].Spec, "abü"[i]);
            Assert.Equal(precision == ModelPrecision.BFloat16 ? Widen(expected) : expected, array.Item(i));
        }
    }

    [Fact]
    public void The_group_says_what_its_owner_wants()
    {
        Run(["a"]);
        var document = JsonDocument.Parse(File.ReadAllText(_folder["zarr.json"])).RootElement;
        Assert.Equal((3, "group"), (document.GetProperty("zarr_format").GetInt32(), document.GetProperty("node_type").GetString()));
        Assert.Equal("value", document.GetProperty("attributes").GetProperty("said").GetString());
    }

    [Fact]
    public void Items_without_an_output_keep_their_place_and_have_no_name()
    {
        Run(["a", "bad", "c", "bad too"], fails: ["bad", "bad too"]);

        var array = new ZarrArray(_folder["labels"]);
        Assert.Equal([4, Height, Width], array.Shape);
        Assert.Equal(["a", "", "c", ""], Names());
        Assert.Equal([true, false, true, false], Enumerable.Range(0, 4).Select(index => array.Item(index) is not null));
    }

    [Fact]
    public void A_run_that_was_killed_opens_as_it_began_and_the_next_one_fills_its_holes()
    {
        Run(["a", "b", "c", "d", "e"], fails: ["b", "d", "e"], isKilled: true);
        Assert.Equal(0, new ZarrArray(_folder["labels"]).Shape[0]);

        var done = Run(["a", "b", "c", "d", "e"]);

        Assert.Equal(["b", "d", "e"], done);
        Assert.Equal(["a", "b", "c", "d", "e"], Names());
        AssertItems("abcde");
    }

    [Fact]
    public void Other_inputs_than_before_take_free_places()
    {
        Run(["a", "b", "c"]);
        Assert.Equal(["new", "n2"], Run(["new", "b", "n2", "a"]));

        Assert.Equal(["a", "b", "c", "new", "n2"], Names());
        AssertItems("abcnn");
    }

    [Fact]
    public void Chunks_that_no_journal_knows_are_replaced()
    {
        Run(["a"], fails: ["a"], isKilled: true);
        var orphan = Directory.CreateDirectory(_folder["labels/c/0/0"]).FullName;
        File.WriteAllText(Path.Combine(orphan, "0"), "half a chunk, committed and not recorded");

        Assert.Equal(["a"], Run(["a"]));

        AssertItems("a");
    }

    [Fact]
    public void More_names_than_a_chunk_holds_take_several()
    {
        var items = Enumerable.Range(0, ZarrChunk.TextsInChunk + 3).Select(i => $"item {i}").ToArray();
        Run(items, fails: items[1..^1]);

        Assert.Equal(["item 0", .. Enumerable.Repeat("", items.Length - 2), items[^1]], Names());
    }

    [Fact]
    public void Arrays_of_other_settings_and_groups_of_others_are_left_alone()
    {
        Run(["a"]);
        var error = Assert.Throws<EgressException>(() => Run(["a"], settings: "other", mode: OutputMode.Replace));
        Assert.Equal(EgressErrorId.DestinationSettingsDiffer, error.ErrorId);

        using var foreign = new TemporaryFolder();
        File.WriteAllText(foreign["zarr.json"], "{}");
        error = Assert.Throws<EgressException>(() => Run(["a"], folder: foreign.Path));
        Assert.Equal((EgressErrorId.DestinationNotWritable, EgressErrorCategory.ResourceExists), (error.ErrorId, error.Category));
        Assert.Equal("{}", File.ReadAllText(foreign["zarr.json"]));
    }

    private static byte[] Elements(TensorSpec spec, char seed) => [.. Enumerable.Range(0, (int)spec.Bytes).Select(i => (byte)((i * 7) + seed))];

    private static byte[] Widen(byte[] halves) =>
        [.. halves.Chunk(2).SelectMany(half => new byte[] { 0, 0, half[0], half[1] })];

    private string[] Names() => new ZarrArray(_folder[ZarrGroup.Names]).Texts();

    private void AssertItems(string seeds)
    {
        var array = new ZarrArray(_folder["labels"]);
        for (var i = 0; i < seeds.Length; i++)
        {
            Assert.Equal(Elements(new TensorSpec(ElementType.UInt8, Height, Width), seeds[i]), array.Item(i));
        }
    }

    /// <summary>A run over items; returns those that it did.</summary>
    private List<string> Run(
        string[] items, string[]? fails = null, OutputLayout? layout = null, bool isKilled = false, string settings = "one",
        OutputMode mode = OutputMode.Resume, string? folder = null)
    {
        layout ??= OutputLayout.Create(OutputKind.Labels, 5, Height, Width, ModelPrecision.Float32);
        using var store = OutputStores.Open(folder ?? _folder.Path);
        using var run = OutputRun.Open(
            store, new OutputRunOptions { Settings = new RunSettings(new Dictionary<string, string> { ["Setting"] = settings }), Mode = mode });
        var group = ZarrGroup.Open(run, layout, () => new JsonObject { ["said"] = "value" });
        var done = new List<string>();
        foreach (var item in items)
        {
            var index = group.Place(item);
            var spec = layout.Arrays[0].Spec;
            var name = ZarrChunk.Name(layout.Arrays[0].Name, index, spec.Shape.Length);
            var ticket = run.Reserve(item, [name], $"/in/{item}");
            if (ticket.IsDone || fails?.Contains(item) == true)
            {
                continue;
            }

            using var unit = run.Begin(ticket);
            ZarrChunk.Write(
                unit.Create(name),
                new MemoryPlanes(Elements(spec, item[0]), spec.Type, spec.Shape.Length == 3 ? (int)spec.Shape[0] : 0, Height, Width));
            Assert.NotNull(unit.Commit(ZarrGroup.Notes(index)));
            done.Add(item);
        }

        if (!isKilled)
        {
            group.Write();
            run.Complete();
        }

        return done;
    }
}

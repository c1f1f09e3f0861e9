using System.IO.Compression;
using System.Management.Automation;
using System.Runtime.InteropServices;

namespace Egress.Cmdlets.Tests;

/// <summary>What a run over a real picture writes, in each kind, size and format, and what its results say.</summary>
public sealed class OutputTests : IDisposable
{
    private const int Size = 48;
    private const int Classes = 5;
    private readonly ModuleSession _session = new();
    private readonly TemporaryFolder _folder = new();

    private static string Cat => Path.Combine(ModuleSession.Root, "samples", "pictures", "cat.png");

    [Fact]
    public void Confidence_has_the_labels_and_the_largest_probability_of_each_pixel()
    {
        var labels = Raw(Run("-OutputKind Labels -OutputFormat Raw"));
        var probabilities = Floats(Raw(Run("-OutputKind Probabilities -OutputFormat Raw -OutputSize Input")));
        var confidence = Run("-OutputKind Confidence -OutputFormat Raw -OutputSize Model");

        Assert.Equal(451 * 300, labels.Length);
        Assert.Equal(Classes * 451 * 300, probabilities.Length);
        Assert.Equal(Size * Size, Raw(confidence).Length);
        var fractions = Floats(File.ReadAllBytes(Path.ChangeExtension(confidence.Get<string>("OutputPath")[0], ".confidence.raw")));
        Assert.Equal(Size * Size, fractions.Length);
        Assert.All(fractions, fraction => Assert.InRange(fraction, 1f / Classes, 1));
        var atModelSize = Floats(Raw(Run("-OutputKind Probabilities -OutputFormat Raw")));
        for (var pixel = 0; pixel < Size * Size; pixel++)
        {
            Assert.Equal(Enumerable.Range(0, Classes).Max(label => atModelSize[(label * Size * Size) + pixel]), fractions[pixel], 1e-5f);
        }
    }

    [Theory]
    [InlineData("Png", new[] { "cat.confidence.png", "cat.png" })]
    [InlineData("Npy", new[] { "cat.confidence.npy", "cat.npy" })]
    [InlineData("Raw", new[] { "cat.confidence.raw", "cat.raw" })]
    [InlineData("Npz", new[] { "cat.npz" })]
    public void Confidence_is_written_beside_the_labels_or_with_them(string format, string[] files)
    {
        var result = Run($"-OutputKind Confidence -OutputFormat {format}");

        var folder = Path.GetDirectoryName(result.Get<string>("OutputPath")[0])!;
        Assert.Equal(files, Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(Directory.GetFiles(folder).Sum(file => new FileInfo(file).Length), result.Get<long>("OutputBytes")[0]);
    }

    [Fact]
    public void An_archive_holds_what_the_single_files_hold()
    {
        var archive = Run("-OutputKind Confidence").Get<string>("OutputPath")[0];
        var labels = Run("-OutputKind Confidence -OutputFormat Npy").Get<string>("OutputPath")[0];

        using var zip = ZipFile.OpenRead(archive);
        Assert.Equal(["labels.npy", "confidence.npy"], zip.Entries.Select(entry => entry.FullName));
        Assert.Equal(File.ReadAllBytes(labels), Read(zip.Entries[0]));
        Assert.Equal(File.ReadAllBytes(Path.ChangeExtension(labels, ".confidence.npy")), Read(zip.Entries[1]));
    }

    [Theory]
    [InlineData("Labels", "", 451 * 300)]
    [InlineData("Labels", "-OutputSize Model", Size * Size)]
    [InlineData("Confidence", "", 451 * 300)]
    [InlineData("Confidence", "-OutputSize Model", Size * Size)]
    public void The_pixels_of_each_class_are_counted_in_the_size_that_is_written(string kind, string size, int pixels)
    {
        var result = Run($"-OutputKind {kind} {size} -OutputFormat Raw -ClassNames sky, sea, sand, 'a cat', other");

        var labels = Raw(result);
        Assert.Equal(pixels, labels.Length);
        string[] names = ["sky", "sea", "sand", "a cat", "other"];
        var expected = labels.GroupBy(label => label).OrderBy(group => group.Key).Select(group => (names[group.Key], group.LongCount()));
        var found = ((System.Collections.IEnumerable)result.Output[0].Properties["ClassPixels"].Value).Cast<object>().Select(PSObject.AsPSObject).ToList();
        Assert.Equal(expected, found.Select(item => ((string)item.Properties["Name"].Value, (long)item.Properties["Pixels"].Value)));
        Assert.Equal(1.0, found.Sum(item => (double)item.Properties["Share"].Value), 1e-9);
    }

    [Fact]
    public void Scores_have_no_pixels_of_classes() =>
        Assert.Null(Run("-OutputKind Logits").Output[0].Properties["ClassPixels"].Value);

    [Fact]
    public void Class_names_come_from_a_file_too()
    {
        var file = _folder["names.txt"];
        File.WriteAllText(file, "zero\r\none\ntwo\nthree\nfour\n\n");

        var result = Run($"-OutputFormat None -ClassNames '{file}'").Output[0];

        var first = PSObject.AsPSObject(((System.Collections.IEnumerable)result.Properties["ClassPixels"].Value).Cast<object>().First());
        Assert.Contains((string)first.Properties["Name"].Value, new[] { "zero", "one", "two", "three", "four" });
    }

    [Theory]
    [InlineData("one, two", ErrorCategory.InvalidArgument)]
    [InlineData("/no/such/file.txt", ErrorCategory.ObjectNotFound)]
    public void Names_that_do_not_fit_the_classes_are_refused(string names, ErrorCategory category)
    {
        var error = _session.Invoke(Command($"-OutputFormat None -ClassNames {names}")).Terminating;

        Assert.StartsWith("ClassNamesInvalid,", error!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(category, error.CategoryInfo.Category);
        Assert.Contains("-ClassNames", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Logits")]
    [InlineData("Probabilities")]
    public void Scores_are_no_picture(string kind) =>
        Assert.StartsWith(
            "OutputFormatUnsupported,",
            _session.Invoke(Command($"-OutputKind {kind} -OutputFormat Png -Destination '{_folder["x"]}'")).Terminating!.FullyQualifiedErrorId,
            StringComparison.Ordinal);

    [Fact]
    public void A_run_is_one_array_and_a_later_one_adds_to_it()
    {
        var folder = _folder["zarr"];
        string Zarr(string pictures) => $"{Command($"-OutputKind Confidence -OutputFormat Zarr -Destination '{folder}'").Replace($"'{Cat}'", pictures, StringComparison.Ordinal)}";
        var wine = Path.Combine(Path.GetDirectoryName(Cat)!, "wine.jpg");

        var first = _session.Invoke(Zarr($"'{Cat}'")).Throw();
        var second = _session.Invoke(Zarr($"'{wine}', '{Cat}'")).Throw();

        Assert.Equal([0L], first.Get<long>("ArrayIndex"));
        Assert.Equal([1L, 0L], second.Get<long>("ArrayIndex"));
        Assert.Equal(["Written", "Skipped"], second.Get<string>("Status"));
        foreach (var (array, bytes) in new[] { ("labels", 0), ("confidence", Size * Size * sizeof(float)) })
        {
            using var document = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, array, "zarr.json")));
            Assert.Equal([2, Size, Size], document.RootElement.GetProperty("shape").EnumerateArray().Select(number => number.GetInt32()));
            Assert.All([0, 1], index => Assert.True(new FileInfo(Path.Combine(folder, array, "c", $"{index}", "0", "0")).Length is var length
                && (bytes == 0 ? length > 0 : length == bytes)));
        }
    }

    [Theory]
    [InlineData("-OutputSize Input")]
    [InlineData("-ShardIndex 0 -ShardCount 2")]
    public void One_array_needs_one_size_and_one_run(string parameters)
    {
        var error = _session.Invoke(Command($"-OutputFormat Zarr -Destination '{_folder["never"]}' {parameters}")).Terminating;

        Assert.StartsWith("OutputFormatUnsupported,", error!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["never"]));
    }

    [Theory]
    [InlineData("", new[] { "cat.overlay.jpg", "cat.png" })]
    [InlineData("-OverlayFormat Png -OverlayOpacity 0.3", new[] { "cat.overlay.png", "cat.png" })]
    [InlineData("-OutputFormat None -OutputKind Logits", new[] { "cat.overlay.jpg" })]
    [InlineData("-OutputKind Confidence -OutputFormat Png", new[] { "cat.confidence.png", "cat.overlay.jpg", "cat.png" })]
    public void The_picture_with_its_mask_is_committed_with_the_output(string parameters, string[] files)
    {
        var result = Run($"-Overlay {parameters}");

        var folder = Path.GetDirectoryName(result.Get<string>("OutputPath")[0])!;
        Assert.Equal(files, Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(Directory.GetFiles(folder).Sum(file => new FileInfo(file).Length), result.Get<long>("OutputBytes")[0]);
        Assert.Equal("Written", result.Get<string>("Status")[0]);
    }

    [Fact]
    public void Nothing_is_laid_over_synthetic_pictures() =>
        Assert.StartsWith(
            "OptionInvalid,",
            _session.Invoke($"Invoke-SegmentationBatch -Synthetic 1 -Overlay -Device simulated -Destination '{_folder["never"]}'")
                .Terminating!.FullyQualifiedErrorId,
            StringComparison.Ordinal);

    [Fact]
    public void A_picture_in_tiles_has_its_own_size_and_the_labels_that_it_has_whole()
    {
        var tiled = Run("-TileSize 64 -TileOverlap 20 -OutputFormat Raw", size: false);

        Assert.Equal((451, 300), (tiled.Get<int>("Width")[0], tiled.Get<int>("Height")[0]));
        Assert.Equal(10 * 7, tiled.Get<int>("TileCount")[0]);
        var labels = Raw(tiled);
        Assert.Equal(451 * 300, labels.Length);
        var whole = Raw(Run("-TileSize 451 -OutputFormat Raw", size: false));
        Assert.InRange(labels.Zip(whole, (a, b) => a == b ? 0 : 1).Sum(), 0, 2);
    }

    [Theory]
    [InlineData("-TileSize 64 -TileOverlap 33", "-TileOverlap")]
    [InlineData("-TileOverlap 8", "-TileSize")]
    [InlineData("-OverlayOpacity 0.2", "-Overlay")]
    [InlineData("-OverlayFormat Png", "-Overlay")]
    [InlineData("-TileSize 64 -ImageSize 48", "-ImageSize")]
    [InlineData("-TileSize 64 -OutputSize Model", "-OutputSize")]
    public void Parameters_that_make_no_sense_together_are_refused(string parameters, string advice)
    {
        var error = _session.Invoke(Command($"{parameters} -OutputFormat None", size: false)).Terminating;

        Assert.StartsWith("OptionInvalid,", error!.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.InvalidArgument, error.CategoryInfo.Category);
        Assert.Contains(advice, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    private static string Command(string parameters, bool size = true) =>
        $"Invoke-SegmentationBatch '{Cat}' -Model pointwise -Device cpu -Seed 3 -ClassCount {Classes} {(size ? $"-ImageSize {Size}" : "")} {parameters}";

    private static byte[] Raw(SessionResult result) => File.ReadAllBytes(result.Get<string>("OutputPath")[0]);

    private static float[] Floats(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    private SessionResult Run(string parameters, bool size = true) =>
        _session.Invoke(Command($"{parameters} -Destination '{_folder[Guid.NewGuid().ToString()]}'", size)).Throw();
}

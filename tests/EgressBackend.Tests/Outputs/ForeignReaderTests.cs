using System.Runtime.InteropServices;
using System.Text.Json;
using Egress.Backend.Tests.Pictures;
using Egress.Devices;
using Egress.Models;
using Egress.Output;
using Egress.Pipeline;
using Egress.Segmentation;
using Egress.Tests;

namespace Egress.Backend.Tests.Outputs;

/// <summary>
/// Each format of outputs is opened by a reader that nobody here wrote: Pillow, NumPy, and zarrita of npm. Where Python or node lacks
/// them, the tests are skipped; with EGRESS_REQUIRE_PYTHON=1 and EGRESS_REQUIRE_NPM=1 they fail.
/// </summary>
public sealed class ForeignReaderTests : IDisposable
{
    private const int Side = 24;
    private const int Pictures = 3;

    private readonly TemporaryFolder _folder = new();
    private readonly TorchBackend _backend = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(5, "1 byte")]
    [InlineData(300, "2 bytes")]
    public void Pillow_reads_labels_from_png(int classes, string size)
    {
        var expected = Run(OutputKind.Labels, OutputFormat.Raw, classes).ConvertAll(path => Labels(File.ReadAllBytes(path), size));
        var found = Run(OutputKind.Labels, OutputFormat.Png, classes).ConvertAll(path => Python(path)[""]);

        Assert.All(found, array => Assert.Equal([Side, Side], array.Shape));
        Assert.Equal(expected, found.Select(array => array.Values));
        Assert.True(expected.SelectMany(labels => labels).Distinct().Count() > 1);
    }

    [Fact]
    public void NumPy_reads_scores_from_npy()
    {
        var expected = Run(OutputKind.Logits, OutputFormat.Raw, 5).ConvertAll(path => Floats(File.ReadAllBytes(path)));
        var found = Run(OutputKind.Logits, OutputFormat.Npy, 5).ConvertAll(path => Python(path)[""]);

        Assert.All(found, array => Assert.Equal([5, Side, Side], array.Shape));
        Assert.Equal(expected, found.Select(array => array.Values));
    }

    [Fact]
    public void NumPy_reads_labels_and_their_confidence_from_npz()
    {
        var labels = Run(OutputKind.Labels, OutputFormat.Raw, 5).ConvertAll(path => Labels(File.ReadAllBytes(path), "1 byte"));
        var found = Run(OutputKind.Confidence, OutputFormat.Npz, 5).ConvertAll(Python);

        Assert.All(found, arrays => Assert.Equal(["confidence", "labels"], arrays.Keys.Order(StringComparer.Ordinal)));
        Assert.Equal(labels, found.Select(arrays => arrays["labels"].Values));
        Assert.All(found.SelectMany(arrays => arrays["confidence"].Values), share => Assert.InRange(share, 0.1999, 1));
    }

    [Fact]
    public void Zarrita_reads_a_run_as_one_array()
    {
        var script = ForeignProgram.InstallNpm("mask-readers", "masks.mjs", "zarrita@0.7.5", "@zarrita/storage@0.2.0");
        var labels = Run(OutputKind.Labels, OutputFormat.Raw, 5).SelectMany(path => Labels(File.ReadAllBytes(path), "1 byte"));
        var scores = Run(OutputKind.Logits, OutputFormat.Raw, 5).SelectMany(path => Floats(File.ReadAllBytes(path)));
        _ = Run(OutputKind.Labels, OutputFormat.Zarr, 5);
        _ = Run(OutputKind.Logits, OutputFormat.Zarr, 5);
        _ = Run(OutputKind.Confidence, OutputFormat.Zarr, 5);

        var foundLabels = Read("node", script, _folder["Labels-Zarr"], "labels")["labels"];
        var foundScores = Read("node", script, _folder["Logits-Zarr"], "logits")["logits"];

        Assert.Equal([Pictures, Side, Side], foundLabels.Shape);
        Assert.Equal([Pictures, 5, Side, Side], foundScores.Shape);
        Assert.Equal(labels, foundLabels.Values);
        Assert.Equal(scores, foundScores.Values);

        var confident = Read("node", script, _folder["Confidence-Zarr"], "labels", "confidence", "names");
        Assert.Equal(foundLabels.Values, confident["labels"].Values);
        Assert.Equal([Pictures, Side, Side], confident["confidence"].Shape);
        // On the way a share has 16 bits.
        Assert.All(Shares(foundScores).Zip(confident["confidence"].Values), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.Equal([Pictures], confident["names"].Shape);
        Assert.Equal(["picture0", "picture1", "picture2"], confident["names"].Texts!.Select(Path.GetFileNameWithoutExtension));
    }

    private static double[] Labels(byte[] bytes, string size) =>
        [.. size == "1 byte" ? bytes.Select(label => (double)label) : MemoryMarshal.Cast<byte, ushort>(bytes).ToArray().Select(label => (double)label)];

    /// <summary>Of each pixel the share that the best of its classes has.</summary>
    private static IEnumerable<double> Shares(ReadArray scores)
    {
        const int Pixels = Side * Side;
        var classes = (int)scores.Shape[1];
        return Enumerable.Range(0, Pictures * Pixels).Select(pixel =>
        {
            var first = (pixel / Pixels * classes * Pixels) + (pixel % Pixels);
            var exponentials = Enumerable.Range(0, classes).Select(c => Math.Exp(scores.Values[first + (c * Pixels)])).ToList();
            return exponentials.Max() / exponentials.Sum();
        });
    }

    private static double[] Floats(byte[] bytes) => [.. MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(score => (double)score)];

    private Dictionary<string, ReadArray> Python(string path)
    {
        var script = ForeignProgram.Unpack("masks.py", _folder["masks.py"]);
        return ForeignProgram.OrSkip(
            "EGRESS_REQUIRE_PYTHON", "No NumPy and Pillow", () => Read(Environment.GetEnvironmentVariable("PYTHON") ?? "/usr/bin/python3", script, path));
    }

    private static Dictionary<string, ReadArray> Read(string program, params string[] arguments) =>
        JsonSerializer.Deserialize<Dictionary<string, ReadArray>>(ForeignProgram.Run(program, arguments), JsonSerializerOptions.Web)!;

    private List<string> Run(OutputKind kind, OutputFormat format, int classes)
    {
        var options = new SegmentationOptions
        {
            Model = new() { Model = BuiltInModels.Pointwise, ClassCount = classes, Seed = 4, ImageSize = Side, OutputKind = kind },
            Pipeline = new PipelineOptions { BatchSize = 2, LoaderCount = 1, WorkerCount = 2, BufferCount = 2 },
            OutputFormat = format,
            Destination = _folder[$"{kind}-{format}"],
        };
        using var lanes = SegmentationLanes.Open(options.DeviceModel, [new DeviceSpec(DeviceKind.Cpu)], () => _backend);
        using var run = new SegmentationRun(options, lanes, () => _backend);
        foreach (var number in Enumerable.Range(0, Pictures))
        {
            // As many pictures are under way as the pipeline takes at once.
            Assert.True(run.TrySubmit(run.PrepareFile(WritePicture(number))));
        }

        run.CompleteInput();
        var paths = new List<string>();
        while (!run.IsCompleted)
        {
            if (run.TryTake(out var outcome, 100))
            {
                Assert.Null(outcome.Error);
                paths.Add(outcome.Result!.OutputPath!);
            }
        }

        return paths;
    }

    private string WritePicture(int number)
    {
        using var noise = TestPictures.Noise(Side, Side);
        using var soft = noise.Gaussblur(1);
        using var picture = soft.Linear([3], [(number * 10.0) - 250], uchar: true);
        File.WriteAllBytes(_folder[$"picture{number}.png"], picture.PngsaveBuffer());
        return _folder[$"picture{number}.png"];
    }

    private sealed record ReadArray(long[] Shape, double[] Values, string[]? Texts = null);
}

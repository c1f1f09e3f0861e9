using Egress.Backend.Tests.Pictures;
using Egress.Devices;
using Egress.Models;
using Egress.Output;
using Egress.Pipeline;
using Egress.Segmentation;
using Egress.Segmentation.Tiles;
using Egress.Tests;

namespace Egress.Backend.Tests.Segmentation;

/// <summary>Pictures in tiles through the whole engine: the same outputs, errors and ends as whole pictures.</summary>
public sealed class TiledRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TorchBackend _backend = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(OutputKind.Labels, OutputFormat.Raw)]
    [InlineData(OutputKind.Labels, OutputFormat.Png)]
    [InlineData(OutputKind.Confidence, OutputFormat.Npz)]
    [InlineData(OutputKind.Logits, OutputFormat.Npy)]
    [InlineData(OutputKind.Probabilities, OutputFormat.Raw)]
    public void A_pointwise_network_makes_of_tiles_what_it_makes_of_the_whole_picture(OutputKind kind, OutputFormat format)
    {
        const int Side = 96;
        string[] pictures = [WritePicture(0, Side, Side), WritePicture(1, Side, Side), WritePicture(2, Side, Side)];

        var whole = Run(Options(kind, format, "whole", null) with { Model = Model(kind) with { ImageSize = Side } }, pictures);
        var tiled = Run(Options(kind, format, "tiled", new TileOptions(32, 8)), pictures);

        Assert.Equal(pictures, tiled.Select(outcome => outcome.Item.Path));
        Assert.All(tiled, outcome => Assert.Equal(16, outcome.Result!.TileCount));
        foreach (var (first, second) in whole.Zip(tiled))
        {
            Assert.Null(second.Error);
            Assert.Equal((Side, Side), (second.Result!.Width, second.Result.Height));
            if (kind is OutputKind.Logits or OutputKind.Probabilities)
            {
                AssertClose(File.ReadAllBytes(first.Result!.OutputPath!), File.ReadAllBytes(second.Result.OutputPath!));
            }
            else if (kind == OutputKind.Labels)
            {
                Assert.Equal(File.ReadAllBytes(first.Result!.OutputPath!), File.ReadAllBytes(second.Result.OutputPath!));
                Assert.Equal(
                    first.Result.ClassPixels!.Select(item => (item.Name, item.Pixels)), second.Result.ClassPixels!.Select(item => (item.Name, item.Pixels)));
            }
        }
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(4, 3, 3)]
    [InlineData(3, 2, 8)]
    public void Pictures_of_all_shapes_come_out_the_same_however_the_work_is_spread(int workers, int loaders, int batch)
    {
        string[] pictures = [WritePicture(0, 130, 47), WritePicture(1, 20, 200), WritePicture(2, 9, 11), WritePicture(3, 64, 64), WritePicture(4, 33, 32)];
        var expected = Run(Options(OutputKind.Logits, OutputFormat.Raw, "one tile", new TileOptions(208, 0)), pictures);

        var options = Options(OutputKind.Logits, OutputFormat.Raw, $"{workers}{loaders}{batch}", new TileOptions(32, 12));
        var outcomes = Run(
            options with { Pipeline = options.Pipeline with { WorkerCount = workers, LoaderCount = loaders, BatchSize = batch, BufferCount = 3 } }, pictures);

        Assert.Equal(pictures, outcomes.Select(outcome => outcome.Item.Path));
        foreach (var (first, second) in expected.Zip(outcomes))
        {
            Assert.Equal(1, first.Result!.TileCount);
            AssertClose(File.ReadAllBytes(first.Result!.OutputPath!), File.ReadAllBytes(second.Result!.OutputPath!));
        }
    }

    [Fact]
    public void Bad_pictures_fail_alone_and_in_their_turn()
    {
        var good = WritePicture(0, 100, 80);
        var half = _folder["half.png"];
        var bytes = File.ReadAllBytes(WritePicture(1, 100, 400));
        File.WriteAllBytes(half, bytes[..(bytes.Length / 2)]);
        var text = _folder["text.png"];
        File.WriteAllText(text, "no picture");
        var last = WritePicture(2, 50, 60);
        var options = Options(OutputKind.Labels, OutputFormat.Png, "bad", new TileOptions(32, 8));

        var outcomes = Run(
            options with { Pipeline = options.Pipeline with { WorkerCount = 2, LoaderCount = 2, BatchSize = 2 } },
            [good, half, text, _folder["missing.png"], last]);

        Assert.Equal([good, half, text, _folder["missing.png"], last], outcomes.Select(outcome => outcome.Item.Path));
        Assert.Equal(
            [null, EgressErrorId.PictureDamaged, EgressErrorId.PictureFormatUnknown, EgressErrorId.PathNotFound, null],
            outcomes.Select(outcome => outcome.Error?.ErrorId));
        Assert.Equal(["picture0.png", "picture2.png"], Directory.GetFiles(_folder["bad"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_run_that_is_stopped_ends_and_leaves_no_half_picture()
    {
        string[] pictures = [WritePicture(0, 64, 64), WritePicture(1, 400, 2000)];
        var options = Options(OutputKind.Labels, OutputFormat.Png, "stopped", new TileOptions(32, 8));
        var outcomes = new List<ItemOutcome<SegmentationItem, SegmentationResult>>();
        using var lanes = SegmentationLanes.Open(options.DeviceModel, [new DeviceSpec(DeviceKind.Cpu)], () => _backend);
        using (var run = new SegmentationRun(options, lanes, () => _backend))
        {
            Submit(run, pictures, outcomes, stopAfter: 1);
            run.Cancel();
            Assert.Throws<OperationCanceledException>(() =>
            {
                while (!run.IsCompleted)
                {
                    Take(run, outcomes, 100);
                }

                Take(run, outcomes, 0);
            });
        }

        Assert.Equal(pictures[0], Assert.Single(outcomes).Item.Path);
        Assert.Equal(["picture0.png"], Directory.GetFiles(_folder["stopped"]).Select(Path.GetFileName));
    }

    private static SegmentationModelOptions Model(OutputKind kind) =>
        new() { Model = BuiltInModels.Pointwise, ClassCount = 5, Seed = 4, OutputKind = kind };

    private static void Submit(
        SegmentationRun run, IEnumerable<string> pictures, List<ItemOutcome<SegmentationItem, SegmentationResult>> outcomes, int stopAfter)
    {
        foreach (var picture in pictures)
        {
            var offer = run.PrepareFile(picture);
            while (!run.TrySubmit(offer) && outcomes.Count < stopAfter)
            {
                Take(run, outcomes, 100);
            }
        }
    }

    private static void Take(SegmentationRun run, List<ItemOutcome<SegmentationItem, SegmentationResult>> outcomes, int milliseconds)
    {
        if (run.TryTake(out var outcome, milliseconds))
        {
            outcomes.Add(outcome);
        }
    }

    private static void AssertClose(byte[] expected, byte[] actual)
    {
        // The header of a .npy file is the same for both; what follows are float32 numbers, whose last digits depend on how libtorch
        // cuts a product into parts.
        Assert.Equal(expected.Length, actual.Length);
        for (var i = expected.Length % 64; i < expected.Length; i += sizeof(float))
        {
            Assert.Equal(BitConverter.ToSingle(expected, i), BitConverter.ToSingle(actual, i), 1e-4f);
        }
    }

    private SegmentationOptions Options(OutputKind kind, OutputFormat format, string folder, TileOptions? tiles) => new()
    {
        Model = Model(kind),
        Pipeline = new PipelineOptions { BatchSize = 3, LoaderCount = 2, WorkerCount = 2, BufferCount = 2 },
        OutputFormat = format,
        Destination = _folder[folder],
        CountsClasses = true,
        Tiles = tiles,
    };

    private List<ItemOutcome<SegmentationItem, SegmentationResult>> Run(SegmentationOptions options, string[] pictures)
    {
        var outcomes = new List<ItemOutcome<SegmentationItem, SegmentationResult>>();
        using var lanes = SegmentationLanes.Open(options.DeviceModel, [new DeviceSpec(DeviceKind.Cpu)], () => _backend);
        using var run = new SegmentationRun(options, lanes, () => _backend);
        Submit(run, pictures, outcomes, int.MaxValue);
        run.CompleteInput();
        while (!run.IsCompleted)
        {
            Take(run, outcomes, 100);
        }

        Take(run, outcomes, 0);
        return outcomes;
    }

    private string WritePicture(int number, int width, int height)
    {
        using var noise = TestPictures.Noise(width, height);
        using var soft = noise.Gaussblur(2);
        using var picture = soft.Linear([3], [(number * 10.0) - 250], uchar: true);
        File.WriteAllBytes(_folder[$"picture{number}.png"], picture.PngsaveBuffer());
        return _folder[$"picture{number}.png"];
    }
}

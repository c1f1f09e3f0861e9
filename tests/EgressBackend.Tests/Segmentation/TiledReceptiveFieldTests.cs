using Egress.Backend.Tests.Pictures;
using Egress.Devices;
using Egress.Models;
using Egress.Output;
using Egress.Pipeline;
using Egress.Segmentation;
using Egress.Segmentation.Tiles;
using Egress.Tests;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Egress.Backend.Tests.Segmentation;

/// <summary>
/// Tiles of a program that sees four pixels far. It brings its pixels back to whole numbers and has whole weights, so that its scores
/// are exact whatever order they are summed in: where tiles show it enough, they are the whole picture's to the last bit.
/// </summary>
public sealed class TiledReceptiveFieldTests : IDisposable
{
    private const int Classes = 5;
    private const int Hidden = 4;

    // 5×5, and 3×3 with a dilation of 2: two pixels far each.
    private const string Forward = """
        ,
            x: Tensor) -> Tensor:
            pixels = torch.round(torch.add(torch.mul(x, self.scale), self.shift))
            h = torch.relu(torch.conv2d(pixels, self.w0, None, [1, 1], [2, 2], [1, 1], 1))
            return torch.conv2d(h, self.w1, None, [1, 1], [2, 2], [2, 2], 1)
        """;

    private static readonly float[] s_near = Whole(Hidden * 3 * 25, seed: 1);
    private static readonly float[] s_far = Whole(Classes * Hidden * 9, seed: 2);

    private readonly TemporaryFolder _folder = new();
    private readonly TorchBackend _backend = new();

    /// <summary>Width, height, tile, overlap, and whether a quarter of the overlap is four pixels.</summary>
    public static TheoryData<int, int, int, int, bool> Tilings => new()
    {
        { 101, 67, 48, 16, true }, { 101, 67, 48, 24, true }, { 64, 129, 32, 16, true }, { 77, 75, 33, 15, true }, { 47, 200, 47, 19, true },
        { 130, 31, 31, 15, true }, { 101, 67, 48, 14, false }, { 101, 67, 48, 0, false }, { 64, 129, 32, 8, false },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Tilings))]
    public void Tiles_make_what_the_whole_picture_makes_exactly_where_the_overlap_shows_enough(
        int width, int height, int tile, int overlap, bool isEnough)
    {
        var (path, pixels) = WritePicture(width, height);
        var (scores, labels) = Expected(pixels, width, height);

        var tiledScores = Run(path, OutputKind.Logits, new TileOptions(tile, overlap));
        var tiledLabels = Run(path, OutputKind.Labels, new TileOptions(tile, overlap));

        Assert.Equal(isEnough, scores.SequenceEqual(tiledScores));

        // Where it is hardly too small, scores may differ and no label.
        if (isEnough || overlap == 0)
        {
            Assert.Equal(isEnough, labels.SequenceEqual(tiledLabels));
        }
    }

    private static float[] Whole(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(-2, 3))];
    }

    /// <summary>The scores and labels of the whole picture, as their files have them.</summary>
    private static (byte[] Scores, byte[] Labels) Expected(byte[] pixels, int width, int height)
    {
        using var scope = NewDisposeScope();
        var picture = tensor(pixels, [1, height, width, 3]).permute(0, 3, 1, 2).to(ScalarType.Float64);
        var near = tensor(s_near, [Hidden, 3, 5, 5]).to(ScalarType.Float64);
        var far = tensor(s_far, [Classes, Hidden, 3, 3]).to(ScalarType.Float64);
        var hidden = conv2d(picture, near, padding: [2, 2]).relu();
        var scores = conv2d(hidden, far, padding: [2, 2], dilation: [2, 2]);
        return (
            scores.to(ScalarType.Float32).data<float>().ToArray().SelectMany(BitConverter.GetBytes).ToArray(),
            scores.argmax(1).to(ScalarType.Byte).data<byte>().ToArray());
    }

    private byte[] Run(string picture, OutputKind kind, TileOptions tiles)
    {
        var options = new SegmentationOptions
        {
            Model = Model(kind),
            Pipeline = new PipelineOptions { BatchSize = 3, LoaderCount = 3, WorkerCount = 2, BufferCount = 2 },
            OutputFormat = OutputFormat.Raw,
            Destination = _folder[$"{kind}"],
            Tiles = tiles,
        };
        using var lanes = SegmentationLanes.Open(options.DeviceModel, [new DeviceSpec(DeviceKind.Cpu)], () => _backend);
        using var run = new SegmentationRun(options, lanes, () => _backend);
        var offer = run.PrepareFile(picture);
        while (!run.TrySubmit(offer))
        {
            _ = run.TryTake(out _, 10);
        }

        run.CompleteInput();
        ItemOutcome<SegmentationItem, SegmentationResult> outcome;
        while (!run.TryTake(out outcome, 100))
        {
        }

        Assert.Null(outcome.Error);
        Assert.True(outcome.Result!.TileCount > 1);
        return File.ReadAllBytes(outcome.Result.OutputPath!);
    }

    private SegmentationModelOptions Model(OutputKind kind)
    {
        var path = _folder["model.pt"];
        float[] deviation = [0.229f, 0.224f, 0.225f], mean = [0.485f, 0.456f, 0.406f];
        File.WriteAllBytes(path, ProgramBytes.Script(
            Forward,
            ("scale", [1, 3, 1, 1], [.. deviation.Select(number => number * 255)]),
            ("shift", [1, 3, 1, 1], [.. mean.Select(number => number * 255)]),
            ("w0", [Hidden, 3, 5, 5], s_near),
            ("w1", [Classes, Hidden, 3, 3], s_far)));
        return new SegmentationModelOptions { Model = path, ProgramPath = path, ProgramBatchSize = 3, ClassCount = 0, OutputKind = kind };
    }

    private (string Path, byte[] Pixels) WritePicture(int width, int height)
    {
        using var noise = TestPictures.Noise(width, height);
        using var soft = noise.Gaussblur(1);
        using var picture = soft.Linear([3], [-250], uchar: true);
        File.WriteAllBytes(_folder["picture.png"], picture.PngsaveBuffer());
        return (_folder["picture.png"], picture.WriteToMemory<byte>());
    }
}

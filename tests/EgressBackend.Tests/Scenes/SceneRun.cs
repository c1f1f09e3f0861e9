using Egress.Devices;
using Egress.Models;
using Egress.Output;
using Egress.Pipeline;
using Egress.Segmentation;
using Egress.Tests;

namespace Egress.Backend.Tests.Scenes;

/// <summary>The whole chain: JPEG files in, PNG files out, compared with the truth pixel by pixel.</summary>
internal static class SceneRun
{
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(5);

    /// <summary>Segments every scene and says how right the masks on the disk are.</summary>
    public static ConfusionMatrix Compare(DeviceKind device, ModelPrecision precision)
    {
        using var folder = new TemporaryFolder();
        var matrix = new ConfusionMatrix(SceneFiles.Classes.Length);
        foreach (var (picture, mask) in Segment(device, precision, folder.Folder("masks")))
        {
            var expected = PngPicture.Read(File.ReadAllBytes(SceneFiles.Truth(picture)));
            var actual = PngPicture.Read(File.ReadAllBytes(mask));
            Assert.Equal((expected.Width, expected.Height, 8), (actual.Width, actual.Height, actual.BitDepth));
            matrix.Add(expected.Pixels, actual.Pixels);
        }

        return matrix;
    }

    private static List<(string Picture, string Mask)> Segment(DeviceKind device, ModelPrecision precision, string destination)
    {
        var backend = new TorchBackend();
        var options = new SegmentationOptions
        {
            Model = new SegmentationModelOptions
            {
                Model = "lraspp_mobilenet_v3_large",
                WeightsPath = SceneFiles.Weights,
                ClassCount = SceneFiles.Classes.Length,
                ImageSize = SceneFiles.ImageSize,
                Precision = precision,
            },
            Pipeline = new PipelineOptions { BatchSize = 4, LoaderCount = 2, WorkerCount = 2, BufferCount = 3 },
            OutputFormat = OutputFormat.Png,
            Destination = destination,
        };
        using var lanes = SegmentationLanes.Open(options.Model, [new DeviceSpec(device)], () => backend);
        using var run = new SegmentationRun(options, lanes, () => backend);
        var masks = new List<(string, string)>();
        var deadline = DateTime.UtcNow + s_hang;
        foreach (var picture in SceneFiles.Pictures)
        {
            var offer = run.PrepareFile(picture);
            while (!run.TrySubmit(offer))
            {
                Take(20);
            }
        }

        run.CompleteInput();
        while (!run.IsCompleted)
        {
            Take(100);
        }

        Take(0);
        Assert.Equal(SceneFiles.Pictures, masks.Select(mask => mask.Item1));
        return masks;

        void Take(int milliseconds)
        {
            if (run.TryTake(out var outcome, milliseconds))
            {
                Assert.Null(outcome.Error);
                masks.Add((outcome.Item.Path!, outcome.Result!.OutputPath!));
            }

            Assert.True(DateTime.UtcNow < deadline, $"The run hangs after {masks.Count} pictures.");
        }
    }
}

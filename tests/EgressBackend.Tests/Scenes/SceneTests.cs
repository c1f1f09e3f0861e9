using Egress.Devices;
using Egress.Models;
using Egress.Tests;

namespace Egress.Backend.Tests.Scenes;

/// <summary>Whether masks are right: everything between a JPEG on the disk and the PNG beside it has its part in these figures.</summary>
public sealed class SceneTests(ITestOutputHelper output)
{
    /// <summary>The least mean intersection over union, and the least of any class.</summary>
    private const double LeastMean = 0.95;
    private const double LeastOfAClass = 0.90;

    [Fact]
    public void The_masks_of_unseen_scenes_are_right() =>
        AssertRight(SceneRun.Compare(DeviceKind.Cpu, ModelPrecision.Float32), output);

    [Fact]
    public void The_scenes_show_every_class()
    {
        var shown = SceneFiles.Pictures
            .SelectMany(picture => PngPicture.Read(File.ReadAllBytes(SceneFiles.Truth(picture))).Pixels.Distinct())
            .Distinct()
            .Order();

        Assert.Equal(Enumerable.Range(0, SceneFiles.Classes.Length).Select(label => (byte)label), shown);
        Assert.InRange(SceneFiles.Pictures.Length, 8, 16);
    }

    internal static void AssertRight(ConfusionMatrix matrix, ITestOutputHelper output)
    {
        var scores = SceneFiles.Classes.Select((name, label) => (Name: name, Score: matrix.IntersectionOverUnion(label))).ToArray();
        output.WriteLine($"Mean intersection over union {matrix.Mean:F4}; {string.Join(", ", scores.Select(score => $"{score.Name} {score.Score:F3}"))}");
        Assert.InRange(matrix.Mean, LeastMean, 1);
        Assert.All(scores, score => Assert.InRange(score.Score, LeastOfAClass, 1));
    }
}

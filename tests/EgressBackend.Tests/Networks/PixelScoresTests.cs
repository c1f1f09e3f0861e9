using Egress.Backend.Networks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Egress.Backend.Tests.Networks;

public sealed class PixelScoresTests
{
    /// <summary>Batch, classes, and the sizes before and after: whole multiples and others, one row, and more rows than products are for.</summary>
    public static TheoryData<int, int, int, int, int, int> Sizes => new()
    {
        { 1, 21, 32, 32, 256, 256 }, { 2, 5, 13, 29, 97, 225 }, { 1, 3, 1, 7, 8, 50 }, { 3, 1, 16, 16, 17, 31 }, { 1, 2, 130, 4, 260, 9 }, { 1, 4, 8, 8, 5, 6 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Scores_are_enlarged_as_libtorch_does_it_in_order_or_not(int batch, int classes, int rows, int columns, int height, int width)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var scores = randn(batch, rows, columns, classes).permute(0, 3, 1, 2);
        var expected = interpolate(scores.contiguous(), [height, width], mode: InterpolationMode.Bilinear, align_corners: false);

        var ordered = PixelScores.Enlarge(scores, height, width, inOrder: true);
        var free = PixelScores.Enlarge(scores, height, width, inOrder: false);

        Assert.True(ordered.is_contiguous());
        foreach (var enlarged in new[] { ordered, free })
        {
            Assert.Equal([batch, classes, height, width], enlarged.shape);
            Assert.InRange((enlarged - expected).abs().max().item<float>(), 0, 2e-6f);
        }
    }

    [Fact]
    public void Scores_of_half_precision_and_of_the_pictures_size_stay_in_their_type_and_order()
    {
        using var scope = NewDisposeScope();
        var scores = randn(1, 3, 8, 8).to(ScalarType.BFloat16);

        Assert.Equal(ScalarType.BFloat16, PixelScores.Enlarge(scores, 16, 16, inOrder: true).dtype);
        Assert.True(PixelScores.Enlarge(scores, 8, 8, inOrder: true).eq(scores).all().item<bool>());
    }
}

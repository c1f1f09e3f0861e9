using Egress.Backend.Networks;
using Egress.Backend.Tensors;
using Egress.Backend.Weights;
using Egress.Models;
using static TorchSharp.torch;

namespace Egress.Backend.Tests.Networks;

/// <summary>The network of the smallest computation.</summary>
public sealed class PointwiseTests
{
    private const int Classes = 4;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_pixels_scores_follow_from_its_colour_alone(bool inOrder)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        using var network = NetworkCatalog.Create(BuiltInModels.Pointwise, Classes);
        network.Load(new RandomParameters(3), new TensorPlacement(CPU, ScalarType.Float32));
        using var source = new RandomParameters(3);
        var parameters = network.Parameters.ToDictionary(parameter => parameter.Name, parameter => source.Read(parameter).data<float>().ToArray());
        Assert.Equal(
            ["backbone.conv.weight", "backbone.conv.bias", "classifier.conv.weight", "classifier.conv.bias"], parameters.Keys);
        random.manual_seed(1);
        var input = randn(2, 3, 5, 7);

        var scores = network.Score(input, inOrder);

        Assert.Equal([2, Classes, 5, 7], scores.shape);
        foreach (var (batch, y, x) in new[] { (0, 0, 0), (1, 4, 6), (1, 2, 3) })
        {
            var colour = Enumerable.Range(0, 3).Select(channel => input[batch, channel, y, x].item<float>()).ToArray();
            var features = Dense(parameters["backbone.conv.weight"], parameters["backbone.conv.bias"], colour).Select(value => Math.Max(value, 0)).ToArray();
            var expected = Dense(parameters["classifier.conv.weight"], parameters["classifier.conv.bias"], features);
            for (var c = 0; c < Classes; c++)
            {
                Assert.Equal(expected[c], scores[batch, c, y, x].item<float>(), 1e-5f);
            }
        }
    }

    private static float[] Dense(float[] weight, float[] bias, float[] values) =>
        [.. bias.Select((offset, row) => offset + values.Select((value, column) => value * weight[(row * values.Length) + column]).Sum())];
}

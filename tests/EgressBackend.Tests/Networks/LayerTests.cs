using Egress.Backend.Networks;
using Egress.Backend.Tensors;
using Egress.Backend.Weights;
using Egress.Models;
using static TorchSharp.torch;

namespace Egress.Backend.Tests.Networks;

public sealed class LayerTests
{
    private static readonly TensorPlacement s_cpu = new(CPU, ScalarType.Float32);

    public static TheoryData<string> Networks { get; } = [.. BuiltInModels.Names];

    /// <summary>What a layer leaves to the scope stays on the device until the whole batch is computed: a feature map each.</summary>
    [Fact]
    public void Layers_free_what_they_need_no_more_before_they_return()
    {
        using Layer pyramid = new SpatialPyramidPooling("p", 8, 2, 3);
        using Layer block = new Bottleneck("b", inputs: 8, width: 4, stride: 2, dilation: 1);
        using Layer inverted = new InvertedResidual("i", inputs: 8, new(3, 16, 8, Weighs: true, Activation.HardSwish));
        using Layer weighing = new SqueezeExcitation("s", channels: 8, squeezed: 8);
        AssertFree([(pyramid, 8), (block, 8), (inverted, 8), (weighing, 8)]);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Networks_free_what_they_need_no_more_before_they_return(string name)
    {
        using Layer network = NetworkCatalog.Create(name, classes: 5);
        AssertFree([(network, 3)]);
    }

    /// <summary>In place is what is fast, and an input belongs to somebody else: a block's input is its shortcut, too.</summary>
    [Fact]
    public void Layers_leave_their_input_as_it_is()
    {
        using Layer bottleneck = new Bottleneck("b", inputs: 16, width: 4, stride: 1, dilation: 1);
        using Layer inverted = new InvertedResidual("i", inputs: 16, new(3, 16, 16, Weighs: true, Activation.HardSwish));
        using Layer weighing = new SqueezeExcitation("s", channels: 16, squeezed: 8);
        using var inference = inference_mode();
        foreach (var layer in new[] { bottleneck, inverted, weighing })
        {
            using var scope = NewDisposeScope();
            layer.Load(new RandomParameters(1), s_cpu);
            var input = randn(1, 16, 8, 8);
            var before = input.data<float>().ToArray();

            _ = layer.Forward(input);

            Assert.Equal(before, input.data<float>().ToArray());
        }
    }

    [Fact]
    public void Convolutions_hold_their_weights_channels_last_and_give_all_back()
    {
        var tensors = Tensor.TotalCount;
        using (var network = NetworkCatalog.Create("deeplabv3_resnet50", classes: 5))
        {
            Assert.Equal(0, network.ParameterBytes);
            using var scope = NewDisposeScope();
            network.Load(new RandomParameters(1), s_cpu);
            Assert.Empty(scope.DisposablesView);

            // A weight and a bias each, but the four shortcuts' biases are part of those that their outputs are added to.
            Assert.Equal((2 * network.Parameters.Count(parameter => parameter.Shape.Length == 4)) - 4, Tensor.TotalCount - tensors);

            var placed = s_cpu.Place(rand(4, 3, 5, 5));
            Assert.Equal([75, 1, 15, 3], placed.stride());
            placed.Dispose();
        }

        Assert.Equal(tensors, Tensor.TotalCount);
    }

    private static void AssertFree(IEnumerable<(Layer Layer, int Channels)> layers)
    {
        using var inference = inference_mode();
        foreach (var (layer, channels) in layers)
        {
            layer.Load(new RandomParameters(1), s_cpu);
            using var input = rand(1, channels, 32, 32);
            using var scope = NewDisposeScope();

            var output = layer.Forward(input);

            Assert.Equal([output], scope.DisposablesView);
            Assert.False(input.IsInvalid);
        }
    }
}

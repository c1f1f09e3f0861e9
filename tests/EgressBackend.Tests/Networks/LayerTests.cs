using Egress.Backend.Networks;
using Egress.Backend.Tensors;
using Egress.Backend.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Egress.Backend.Tests.Networks;

public sealed class LayerTests
{
    private static readonly TensorPlacement s_cpu = new(CPU, ScalarType.Float32);

    /// <summary>What a layer leaves to the scope stays on the device until the whole batch is computed: a feature map each.</summary>
    [Fact]
    public void Layers_free_what_they_need_no_more_before_they_return()
    {
        using Layer network = NetworkCatalog.Create("deeplabv3_resnet50", classes: 5);
        using Layer pyramid = new SpatialPyramidPooling("p", 8, 2, 3);
        using Layer block = new Bottleneck("b", inputs: 8, width: 4, stride: 2, dilation: 1);
        using var inference = inference_mode();
        foreach (var (layer, channels) in new[] { (network, 3), (pyramid, 8), (block, 8) })
        {
            layer.Load(new RandomParameters(1), s_cpu);
            using var input = rand(1, channels, 32, 32);
            using var scope = NewDisposeScope();

            var output = layer.Forward(input);

            Assert.Equal([output], scope.DisposablesView);
            Assert.False(input.IsInvalid);
        }
    }

    /// <summary>In place is what is fast, and an input belongs to somebody else: a block's input is its shortcut, too.</summary>
    [Fact]
    public void Layers_leave_their_input_as_it_is()
    {
        using var block = new Bottleneck("b", inputs: 16, width: 4, stride: 1, dilation: 1);
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        block.Load(new RandomParameters(1), s_cpu);
        var input = randn(1, 16, 8, 8);
        var before = input.data<float>().ToArray();

        _ = block.Forward(input);

        Assert.Equal(before, input.data<float>().ToArray());
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
            Assert.Equal(2 * network.Parameters.Count(parameter => parameter.Shape.Length == 4), Tensor.TotalCount - tensors);

            var placed = s_cpu.Place(rand(4, 3, 5, 5));
            Assert.Equal([75, 1, 15, 3], placed.stride());
            placed.Dispose();
        }

        Assert.Equal(tensors, Tensor.TotalCount);
    }
}

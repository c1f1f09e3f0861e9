using Egress.Backend.Networks;
using Egress.Backend.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Egress.Backend.Tests.Networks;

/// <summary>Convolutions in oneDNN's own order: that they are used, and what they compute.</summary>
public sealed class PackedConvolutionTests
{
    private const string Name = "backbone.conv";
    private const string Norm = "backbone.bn1";

    private static readonly ConvolutionShape s_shape = new(16, 32, Kernel: 3, Stride: 2);

    public static TheoryData<string> Kinds => ["none", "relu", "hard swish", "one filter a channel", "dilated", "with a bias", "without one"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void On_a_processor_a_convolution_and_what_follows_it_are_one(string kind)
    {
        var (layer, shape) = Create(kind);
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        using var convolution = layer;
        using var source = new FormulaParameters();
        convolution.Load(source, new TensorPlacement(CPU, ScalarType.Float32));
        random.manual_seed(1);
        var input = ChannelsLast(rand([2, shape.Inputs, 17, 23]));
        var expected = Plain(convolution, source, shape, input, kind);

        // The first call orders the weight, and a later one may have pictures of another size.
        Assert.False(convolution.IsPacked);
        AssertClose(expected, convolution.Forward(input));
        Assert.True(convolution.IsPacked);
        AssertClose(expected, convolution.Forward(input));
        var other = ChannelsLast(rand([1, shape.Inputs, 9, 40]));
        AssertClose(Plain(convolution, source, shape, other, kind), convolution.Forward(other));
    }

    [Fact]
    public void An_addend_and_the_relu_after_it_are_part_of_it_in_the_memory_of_the_addend()
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        using var source = new FormulaParameters();
        using var convolution = Convolution.InBackbone(Name, Norm, s_shape, relu: false);
        convolution.Load(source, new TensorPlacement(CPU, ScalarType.Float32));
        random.manual_seed(1);
        var input = ChannelsLast(rand([2, 16, 17, 23]));
        var addend = ChannelsLast(rand([2, 32, 9, 12]));
        var before = addend.clone();
        var expected = (Plain(convolution, source, s_shape, input, "none") + before).relu();

        var output = convolution.ForwardOnto(input, addend);

        Assert.True(convolution.IsPacked);
        AssertClose(expected, output);
        Assert.Equal(TensorAddress.Of(addend), TensorAddress.Of(output));
    }

    private static (Convolution Layer, ConvolutionShape Shape) Create(string kind)
    {
        ConvolutionShape deep = new(24, 24, Kernel: 5, Groups: 24), dilated = new(16, 16, Kernel: 3, Dilation: 4), pixel = new(16, 5);
        return kind switch
        {
            "none" => (Convolution.InBackbone(Name, Norm, s_shape, relu: false), s_shape),
            "relu" => (Convolution.InBackbone(Name, Norm, s_shape), s_shape),
            "hard swish" => (Convolution.InBackbone(Name, s_shape, Activation.HardSwish), s_shape),
            "one filter a channel" => (Convolution.InBackbone(Name, deep, Activation.Relu), deep),
            "dilated" => (Convolution.InHead(Name, Norm, dilated), dilated),
            "with a bias" => (Convolution.Plain(Name, pixel), pixel),
            _ => (Convolution.WithoutBias(Name, pixel), pixel),
        };
    }

    // In float64 and part by part.
    private static Tensor Plain(Convolution layer, FormulaParameters source, ConvolutionShape shape, Tensor input, string kind)
    {
        Tensor? Read(string name) => layer.Parameters.FirstOrDefault(parameter => parameter.Name == name) is { } found
            ? source.Read(found).to(ScalarType.Float64)
            : null;

        var output = conv2d(
            input.to(ScalarType.Float64), Read($"{Name}.weight")!, Read($"{Name}.bias"), [shape.Stride, shape.Stride], [shape.Padding, shape.Padding],
            [shape.Dilation, shape.Dilation], shape.Groups);
        if (Read($"{Norm}.weight") is { } scale)
        {
            output = batch_norm(output, Read($"{Norm}.running_mean")!, Read($"{Norm}.running_var")!, scale, Read($"{Norm}.bias")!, training: false);
        }

        return kind switch
        {
            "relu" or "dilated" or "one filter a channel" => output.relu(),
            "hard swish" => output.hardswish(),
            _ => output,
        };
    }

    private static Tensor ChannelsLast(Tensor tensor) => tensor.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        var difference = (actual.to(ScalarType.Float64) - expected).abs().max().item<double>() / expected.abs().max().item<double>();
        Assert.InRange(difference, 0, 1e-5);
    }
}

using Egress.Backend.Networks;
using Egress.Backend.Tensors;
using Egress.Backend.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Egress.Backend.Tests.Networks;

/// <summary>Convolutions with fewer multiplications: what they compute, how exactly, and when they are used.</summary>
public sealed class WinogradConvolutionTests
{
    private static readonly TensorPlacement s_cpu = new(CPU, ScalarType.Float32);

    /// <summary>Batch, inputs, outputs, dilation, height, width: whole tiles and cut ones, more rows and channels than go at once.</summary>
    public static TheoryData<int, int, int, int, int, int> Shapes => new()
    {
        { 1, 16, 8, 1, 8, 8 }, { 3, 16, 8, 1, 17, 23 }, { 2, 24, 8, 2, 33, 31 }, { 1, 16, 32, 4, 13, 40 }, { 1, 8, 8, 12, 30, 64 },
        { 1, 8, 8, 36, 9, 50 }, { 1, 8, 16, 1, 90, 75 }, { 2, 600, 8, 2, 12, 12 }, { 1, 1025, 4, 1, 9, 5 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void It_computes_what_a_direct_convolution_does(int batch, int inputs, int outputs, int dilation, int height, int width)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var shape = new ConvolutionShape(inputs, outputs, Kernel: 3, Dilation: dilation);
        var (input, weight, bias) = (rand(batch, inputs, height, width), randn(outputs, inputs, 3, 3), randn(outputs));
        using var convolution = new WinogradConvolution(weight, shape);

        var plain = Direct(input, weight, shape);
        AssertClose(plain, convolution.Forward(input, bias: null, Activation.None));
        AssertClose(plain, convolution.Forward(ChannelsLast(input), bias: null, Activation.None));
        var biased = plain + bias.reshape(1, -1, 1, 1);
        AssertClose(biased.relu(), convolution.Forward(input, bias, Activation.Relu));
        AssertClose(biased.hardswish(), convolution.Forward(input, bias, Activation.HardSwish));
    }

    [Fact]
    public void The_matrices_make_a_convolution_of_products_exactly()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var (window, kernel) = (randn([1, 1, 6, 6], ScalarType.Float64), randn([1, 1, 3, 3], ScalarType.Float64));

        var products = WinogradMatrices.OfWindow().mv(window.flatten()) * WinogradMatrices.OfKernel().mv(kernel.flatten());
        var tile = WinogradMatrices.OfProducts().mv(products);

        var difference = (tile - conv2d(window, kernel).flatten()).abs().max().item<double>();
        Assert.InRange(difference, 0, 1e-12);
    }

    /// <summary>With the points 0, ±1 and ±2 it would be 1.5e-6.</summary>
    [Fact]
    public void It_rounds_hardly_more_than_a_direct_convolution()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var shape = new ConvolutionShape(256, 64, Kernel: 3);
        var (input, weight) = (randn(1, 256, 32, 32).relu(), randn(64, 256, 3, 3));
        using var convolution = new WinogradConvolution(weight, shape);

        var exact = Direct(input, weight, shape);
        var error = convolution.Forward(input, bias: null, Activation.None) - exact;

        var relative = (error.square().mean().sqrt() / exact.square().mean().sqrt()).item<double>();
        Assert.InRange(relative, 0, 1e-6);
    }

    [Theory]
    [InlineData(256, 256, 2, 32, true)]
    [InlineData(512, 512, 4, 32, true)]
    [InlineData(2048, 512, 1, 64, true)]
    [InlineData(64, 64, 1, 64, false)]
    [InlineData(2048, 256, 36, 32, false)]
    [InlineData(256, 256, 4, 5, false)]
    public void It_is_used_where_it_is_faster(int inputs, int outputs, int dilation, int side, bool faster)
    {
        long[] input = [1, inputs, side, side];
        Assert.Equal(faster, WinogradConvolution.IsFaster(new(inputs, outputs, Kernel: 3, Dilation: dilation), input));
        Assert.False(WinogradConvolution.IsFaster(new(inputs, outputs), input));
        Assert.False(WinogradConvolution.IsFaster(new(inputs, outputs, Kernel: 3, Stride: 2), input));
        Assert.False(WinogradConvolution.IsFaster(new(inputs, inputs, Kernel: 3, Groups: inputs), input));
    }

    [Theory]
    [InlineData(ScalarType.Float32, true)]
    [InlineData(ScalarType.BFloat16, false)]
    public void A_layer_takes_it_in_single_precision_and_gives_everything_back(ScalarType type, bool taken)
    {
        var tensors = Tensor.TotalCount;
        using (var scope = NewDisposeScope())
        using (var layer = Convolution.InHead("h.0", "h.1", new(128, 128, Kernel: 3)))
        {
            layer.Load(new RandomParameters(1), s_cpu with { Type = type });
            var input = ChannelsLast(rand(1, 128, 32, 32)).to(type);
            Assert.False(layer.IsWinograd);

            var output = layer.Forward(input);

            Assert.Equal(taken, layer.IsWinograd);
            Assert.Equal(taken, !layer.IsPacked);
            Assert.Equal([1, 128, 32, 32], output.shape);
            Assert.Equal([131072, 1, 4096, 128], output.stride());
            Assert.Equal(taken, layer.ParameterBytes > 36 * 128 * 128 * sizeof(float));
        }

        Assert.Equal(tensors, Tensor.TotalCount);
    }

    private static Tensor Direct(Tensor input, Tensor weight, ConvolutionShape shape) => conv2d(
        input.to(ScalarType.Float64), weight.to(ScalarType.Float64), null, [1, 1], [shape.Padding, shape.Padding], [shape.Dilation, shape.Dilation]);

    private static Tensor ChannelsLast(Tensor tensor) => tensor.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        var difference = (actual.to(ScalarType.Float64) - expected).abs().max().item<double>() / expected.abs().max().item<double>();
        Assert.InRange(difference, 0, 1e-5);
    }
}

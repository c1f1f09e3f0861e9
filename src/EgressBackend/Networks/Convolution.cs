using Egress.Backend.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Egress.Backend.Networks;

/// <summary>A convolution with what follows it at once: a batch norm, merged into its weight and bias, and a ReLU.</summary>
internal sealed class Convolution : Layer
{
    private readonly ParameterSpec _weightSpec;
    private readonly ParameterSpec? _biasSpec;
    private readonly BatchNorm? _norm;
    private readonly bool _relu;
    private readonly long[] _stride;
    private readonly long[] _padding;
    private readonly long[] _dilation;
    private Tensor? _weight;
    private Tensor? _bias;

    private Convolution(string name, ConvolutionShape shape, Initialisation initial, BatchNorm? norm, bool relu)
    {
        _weightSpec = new ParameterSpec($"{name}.weight", shape.WeightShape, initial);
        _biasSpec = norm is null ? new ParameterSpec($"{name}.bias", [shape.Outputs], initial) : null;
        _norm = norm;
        _relu = relu;
        _stride = [shape.Stride, shape.Stride];
        _padding = [shape.Padding, shape.Padding];
        _dilation = [shape.Dilation, shape.Dilation];
    }

    /// <inheritdoc/>
    public override IEnumerable<ParameterSpec> Parameters => _norm is null ? [_weightSpec, _biasSpec!] : [_weightSpec, .. _norm.Parameters];

    /// <inheritdoc/>
    public override long ParameterBytes => Bytes(_weight) + Bytes(_bias);

    /// <summary>A convolution of a backbone, with a batch norm and, if wanted, a ReLU.</summary>
    /// <param name="name">The convolution's name.</param>
    /// <param name="norm">The batch norm's name.</param>
    /// <param name="shape">The geometry.</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    public static Convolution InBackbone(string name, string norm, ConvolutionShape shape, bool relu = true) =>
        new(name, shape, Initialisation.KaimingNormal(shape.Outputs, shape.Kernel), new BatchNorm(norm, shape.Outputs), relu);

    /// <summary>A convolution of a head, with a batch norm and a ReLU.</summary>
    /// <inheritdoc cref="InBackbone"/>
    public static Convolution InHead(string name, string norm, ConvolutionShape shape) =>
        new(name, shape, Initialisation.ConvolutionDefault(shape.Inputs, shape.Kernel), new BatchNorm(norm, shape.Outputs), relu: true);

    /// <summary>A plain convolution with a bias: what gives the classes' scores.</summary>
    /// <inheritdoc cref="InBackbone"/>
    public static Convolution Plain(string name, ConvolutionShape shape) =>
        new(name, shape, Initialisation.ConvolutionDefault(shape.Inputs, shape.Kernel), norm: null, relu: false);

    /// <inheritdoc/>
    public override void Load(IParameterSource source, TensorPlacement placement)
    {
        using var scope = NewDisposeScope();
        var weight = source.Read(_weightSpec);
        var (folded, bias) = _norm is null ? (weight, source.Read(_biasSpec!)) : _norm.Fold(source, weight);
        _weight = placement.Place(folded);
        _bias = placement.Place(bias);
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        var output = conv2d(input, _weight!, _bias, _stride, _padding, _dilation);
        return _relu ? output.relu_() : output;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _weight?.Dispose();
        _bias?.Dispose();
        base.Dispose();
    }

    private static long Bytes(Tensor? tensor) => tensor is null ? 0 : tensor.NumberOfElements * tensor.ElementSize;
}

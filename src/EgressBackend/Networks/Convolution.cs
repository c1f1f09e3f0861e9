using Egress.Backend.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Egress.Backend.Networks;

/// <summary>
/// A convolution with what follows it at once: a batch norm, merged into its weight and bias, and an activation. Bias, addend and
/// activation are part of the convolution itself where cuDNN on a GPU, or oneDNN on a CPU, can do that.
/// </summary>
internal sealed class Convolution : Layer
{
    private readonly ParameterSpec _weightSpec;
    private readonly ParameterSpec? _biasSpec;
    private readonly BatchNorm? _norm;
    private readonly Activation _activation;
    private readonly long[] _stride;
    private readonly long[] _padding;
    private readonly long[] _dilation;
    private readonly ConvolutionShape _shape;
    private Tensor? _weight;
    private Tensor? _bias;

    // Whether the fused kernel is worth a try: not before the weights are on a GPU, nor once it was not there.
    private volatile bool _fuses;

    // The same on a CPU, and the weight in that kernel's own order, which depends on the first input's size; it replaces the plain
    // one once it has worked.
    private volatile bool _packs;
    private Tensor? _packed;

    // Takes the weight's place on a CPU where the first input's size says that it is faster.
    private WinogradConvolution? _winograd;

    private Convolution(
        string name, ConvolutionShape shape, Initialisation initial, Initialisation? bias, BatchNorm? norm, Activation activation)
    {
        _weightSpec = new ParameterSpec($"{name}.weight", shape.WeightShape, initial);
        _biasSpec = bias is { } initialBias ? new ParameterSpec($"{name}.bias", [shape.Outputs], initialBias) : null;
        _norm = norm;
        _activation = activation;
        _stride = [shape.Stride, shape.Stride];
        _padding = [shape.Padding, shape.Padding];
        _dilation = [shape.Dilation, shape.Dilation];
        _shape = shape;
    }

    /// <inheritdoc/>
    public override IEnumerable<ParameterSpec> Parameters =>
        _norm is not null ? [_weightSpec, .. _norm.Parameters] : _biasSpec is not null ? [_weightSpec, _biasSpec] : [_weightSpec];

    /// <inheritdoc/>
    public override long ParameterBytes => (_winograd?.Bytes ?? Bytes(_packed ?? _weight)) + Bytes(_bias);

    /// <summary>Whether it computes with oneDNN's own weight; known once it was used.</summary>
    internal bool IsPacked => _packed is not null;

    /// <summary>Whether it computes with fewer multiplications; known once it was used.</summary>
    internal bool IsWinograd => _winograd is not null;

    /// <summary>A convolution of a backbone, with a batch norm and, if wanted, a ReLU.</summary>
    /// <param name="name">The convolution's name.</param>
    /// <param name="norm">The batch norm's name.</param>
    /// <param name="shape">The geometry.</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    public static Convolution InBackbone(string name, string norm, ConvolutionShape shape, bool relu = true) => new(
        name,
        shape,
        Initialisation.KaimingNormal(shape.Outputs, shape.Kernel),
        bias: null,
        new BatchNorm(norm, shape.Outputs, BatchNorm.Epsilon),
        relu ? Activation.Relu : Activation.None);

    /// <summary>A convolution of a backbone, with a bias instead of a batch norm.</summary>
    /// <param name="name">The convolution's name.</param>
    /// <param name="shape">The geometry.</param>
    /// <param name="activation">What follows.</param>
    public static Convolution InBackbone(string name, ConvolutionShape shape, Activation activation) => new(
        name, shape, Initialisation.KaimingNormal(shape.Outputs, shape.Kernel), Initialisation.Constant(0), norm: null, activation);

    /// <summary>A convolution of MobileNetV3, with a batch norm of its kind: parts 0 and 1 of what is named.</summary>
    /// <inheritdoc cref="InBackbone(string, ConvolutionShape, Activation)"/>
    public static Convolution InMobileNet(string name, ConvolutionShape shape, Activation activation) => new(
        $"{name}.0",
        shape,
        Initialisation.KaimingNormal(shape.Outputs, shape.Kernel),
        bias: null,
        new BatchNorm($"{name}.1", shape.Outputs, BatchNorm.MobileNetEpsilon),
        activation);

    /// <summary>A convolution of a head, with a batch norm and a ReLU.</summary>
    /// <inheritdoc cref="InBackbone(string, string, ConvolutionShape, bool)"/>
    public static Convolution InHead(string name, string norm, ConvolutionShape shape) => new(
        name, shape, InHead(shape), bias: null, new BatchNorm(norm, shape.Outputs, BatchNorm.Epsilon), Activation.Relu);

    /// <summary>A plain convolution with a bias: what gives the classes' scores.</summary>
    /// <inheritdoc cref="InBackbone(string, ConvolutionShape, Activation)"/>
    public static Convolution Plain(string name, ConvolutionShape shape) =>
        new(name, shape, InHead(shape), InHead(shape), norm: null, Activation.None);

    /// <summary>A convolution of a head that is a weight and nothing else.</summary>
    /// <inheritdoc cref="InBackbone(string, ConvolutionShape, Activation)"/>
    public static Convolution WithoutBias(string name, ConvolutionShape shape) =>
        new(name, shape, InHead(shape), bias: null, norm: null, Activation.None);

    /// <inheritdoc/>
    public override void Load(IParameterSource source, TensorPlacement placement)
    {
        using var scope = NewDisposeScope();
        var weight = source.Read(_weightSpec);
        Tensor? bias = null;
        if (_norm is not null)
        {
            (weight, bias) = _norm.Fold(source, weight);
        }
        else if (_biasSpec is not null)
        {
            bias = source.Read(_biasSpec);
        }

        _weight = placement.Place(weight);
        _bias = bias is null ? null : placement.Place(bias);
        _fuses = _bias is not null && _shape.Groups == 1 && placement.Device.type == DeviceType.CUDA;
        _packs = placement.Device.type == DeviceType.CPU && placement.Type != ScalarType.Float16;
    }

    /// <summary>
    /// Takes the bias of another convolution, of the same number of outputs, over: for two whose outputs are added anyway. To be
    /// called after both were loaded.
    /// </summary>
    public void TakeBiasOf(Convolution other)
    {
        using var scope = NewDisposeScope();
        using var own = _bias!;
        using var taken = other._bias!;
        _bias = own.add(taken, Scalars.One).DetachFromDisposeScope();
        other._bias = null;
        other._fuses = false;
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        if (_fuses && _activation == Activation.Relu)
        {
            if (FusedConvolution.TryRelu(input, _weight!, _bias!, _shape) is { } output)
            {
                return output;
            }

            _fuses = false;
        }

        return ChooseWinograd(input)?.Forward(input, _bias, _activation)
            ?? TryPacked(input, weight => PackedConvolution.TryForward(input, weight, _bias, _shape, _activation))
            ?? _activation.ApplyTo(Convolve(input));
    }

    /// <summary>Computes the ReLU of the convolution's output plus another tensor; the convolution has no activation of its own.</summary>
    /// <param name="input">Batch, channels, height, width.</param>
    /// <param name="addend">What is added; of the output's shape. It is used up: its memory may have become the output's.</param>
    public Tensor ForwardOnto(Tensor input, Tensor addend)
    {
        if (_fuses)
        {
            if (FusedConvolution.TryAddRelu(input, _weight!, _bias!, addend, _shape) is { } output)
            {
                return output;
            }

            _fuses = false;
        }

        return TryPacked(input, weight => PackedConvolution.TryAddRelu(input, weight, _bias, addend, _shape))
            ?? Convolve(input).add_(addend, Scalars.One).relu_();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _weight?.Dispose();
        _packed?.Dispose();
        _winograd?.Dispose();
        _bias?.Dispose();
        base.Dispose();
    }

    private WinogradConvolution? ChooseWinograd(Tensor input)
    {
        if (_packs && _weight is { dtype: ScalarType.Float32 } && WinogradConvolution.IsFaster(_shape, input.shape))
        {
            _winograd = new WinogradConvolution(_weight, _shape);
            _weight.Dispose();
            _weight = null;
        }

        return _winograd;
    }

    private Tensor? TryPacked(Tensor input, Func<Tensor, Tensor?> compute)
    {
        if (!_packs)
        {
            return null;
        }

        if (_packed is not null)
        {
            return compute(_packed) ?? throw new InvalidOperationException($"{_weightSpec.Name}: a convolution that worked before does not.");
        }

        var packed = PackedConvolution.TryPack(_weight!, input, _shape);
        if (packed is not null && compute(packed) is { } output)
        {
            _packed = packed.DetachFromDisposeScope();
            _weight!.Dispose();
            _weight = null;
            return output;
        }

        packed?.Dispose();
        _packs = false;
        return null;
    }

    private Tensor Convolve(Tensor input) => conv2d(input, _weight!, _bias, _stride, _padding, _dilation, _shape.Groups);

    private static Initialisation InHead(ConvolutionShape shape) => Initialisation.ConvolutionDefault(shape.Inputs, shape.Kernel);
}

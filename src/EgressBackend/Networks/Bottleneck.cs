using Egress.Backend.Tensors;
using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>
/// The block of deep residual networks: 1×1 to fewer channels, 3×3, 1×1 to four times as many, added to what came in.
/// </summary>
internal sealed class Bottleneck : Layer
{
    /// <summary>How many times its width a block puts out.</summary>
    public const int Expansion = 4;

    private readonly Convolution _reduce;
    private readonly Convolution _spatial;
    private readonly Convolution _expand;
    private readonly Convolution? _shortcut;

    /// <param name="name">The block's name, for example <c>backbone.layer1.0</c>.</param>
    /// <param name="inputs">Channels that come in.</param>
    /// <param name="width">Channels of the 3×3 convolution.</param>
    /// <param name="stride">The 3×3 convolution's stride.</param>
    /// <param name="dilation">The 3×3 convolution's dilation.</param>
    public Bottleneck(string name, int inputs, int width, int stride, int dilation)
    {
        var outputs = width * Expansion;
        _reduce = Add(Convolution.InBackbone($"{name}.conv1", $"{name}.bn1", new(inputs, width)));
        _spatial = Add(Convolution.InBackbone($"{name}.conv2", $"{name}.bn2", new(width, width, Kernel: 3, stride, dilation)));
        _expand = Add(Convolution.InBackbone($"{name}.conv3", $"{name}.bn3", new(width, outputs), relu: false));
        if (stride != 1 || inputs != outputs)
        {
            _shortcut = Add(Convolution.InBackbone(
                $"{name}.downsample.0", $"{name}.downsample.1", new(inputs, outputs, Stride: stride), relu: false));
        }
    }

    /// <inheritdoc/>
    public override void Load(IParameterSource source, TensorPlacement placement)
    {
        base.Load(source, placement);
        if (_shortcut is not null)
        {
            _expand.TakeBiasOf(_shortcut);
        }
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        using var own = input.clone();
        return ForwardOnto(own);
    }

    /// <summary>Computes the block's output of features that nobody else needs: their memory may become the output's.</summary>
    /// <param name="features">Batch, channels, height, width; used up.</param>
    public Tensor ForwardOnto(Tensor features)
    {
        using var reduced = _reduce.Forward(features);
        using var filtered = _spatial.Forward(reduced);
        using var shortcut = _shortcut?.Forward(features);
        return _expand.ForwardOnto(filtered, shortcut ?? features);
    }
}

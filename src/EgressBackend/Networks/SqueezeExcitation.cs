using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Egress.Backend.Networks;

/// <summary>
/// Weighs channels against each other: each is averaged over the whole picture, and two 1×1 convolutions make a factor of 0 to 1
/// of the averages.
/// </summary>
internal sealed class SqueezeExcitation : Layer
{
    private readonly Convolution _squeeze;
    private readonly Convolution _excite;

    /// <param name="name">The layer's name, for example <c>backbone.4.block.2</c>.</param>
    /// <param name="channels">Channels that come in and go out.</param>
    /// <param name="squeezed">Channels between the convolutions.</param>
    public SqueezeExcitation(string name, int channels, int squeezed)
    {
        _squeeze = Add(Convolution.InBackbone($"{name}.fc1", new(channels, squeezed), Activation.Relu));
        _excite = Add(Convolution.InBackbone($"{name}.fc2", new(squeezed, channels), Activation.None));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        using var average = adaptive_avg_pool2d(input, [1, 1]);
        using var squeezed = _squeeze.Forward(average);
        using var excited = _excite.Forward(squeezed);
        using var factors = hardsigmoid(excited, inplace: true);
        return input.mul(factors);
    }
}

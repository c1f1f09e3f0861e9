using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>The head of FCN: a 3×3 convolution to a quarter of the channels, and the scores.</summary>
internal sealed class FullyConvolutionalHead : Layer
{
    private readonly Convolution _mix;
    private readonly Convolution _scores;

    /// <param name="name">The head's name in the network.</param>
    /// <param name="inputs">Channels of the backbone's features.</param>
    /// <param name="classes">Number of classes.</param>
    public FullyConvolutionalHead(string name, int inputs, int classes)
    {
        var channels = inputs / 4;
        _mix = Add(Convolution.InHead($"{name}.0", $"{name}.1", new(inputs, channels, Kernel: 3)));
        _scores = Add(Convolution.Plain($"{name}.4", new(channels, classes)));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        using var mixed = _mix.Forward(input);
        return _scores.Forward(mixed);
    }
}

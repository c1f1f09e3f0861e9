using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>The head of DeepLabV3: pyramid pooling with the rates for an output stride of 8, a 3×3 convolution, the scores.</summary>
internal sealed class DeepLabHead : Layer
{
    private readonly SpatialPyramidPooling _pyramid;
    private readonly Convolution _mix;
    private readonly Convolution _scores;

    /// <param name="name">The head's name in the network.</param>
    /// <param name="inputs">Channels of the backbone's features.</param>
    /// <param name="classes">Number of classes.</param>
    public DeepLabHead(string name, int inputs, int classes)
    {
        const int Channels = SpatialPyramidPooling.Channels;
        _pyramid = Add(new SpatialPyramidPooling($"{name}.0", inputs, 12, 24, 36));
        _mix = Add(Convolution.InHead($"{name}.1", $"{name}.2", new(Channels, Channels, Kernel: 3)));
        _scores = Add(Convolution.Plain($"{name}.4", new(Channels, classes)));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        using var pooled = _pyramid.Forward(input);
        using var mixed = _mix.Forward(pooled);
        return _scores.Forward(mixed);
    }
}

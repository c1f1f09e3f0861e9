using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>Features of each pixel from its colour alone, at the picture's own size.</summary>
internal sealed class ColourFeatures : Layer
{
    /// <summary>Features of a pixel.</summary>
    public const int Channels = 8;

    private readonly Convolution _mix;

    /// <param name="name">The backbone's name in the network.</param>
    public ColourFeatures(string name) => _mix = Add(Convolution.Plain($"{name}.conv", new(3, Channels)));

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input) => _mix.Forward(input).relu_();
}

using Egress.Backend.Tensors;
using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>
/// The block of MobileNetV3: 1×1 to more channels, a filter for each channel alone, where wanted a weighing of the channels, and
/// 1×1 to fewer; added to what came in where size and channels are the same.
/// </summary>
internal sealed class InvertedResidual : Layer
{
    private readonly Convolution? _expand;
    private readonly Convolution _filter;
    private readonly SqueezeExcitation? _weigh;
    private readonly Convolution _project;
    private readonly bool _adds;

    /// <param name="name">The block's name, for example <c>backbone.4</c>.</param>
    /// <param name="inputs">Channels that come in.</param>
    /// <param name="shape">The block's geometry.</param>
    public InvertedResidual(string name, int inputs, InvertedResidualShape shape)
    {
        // The parts are counted, and a block that needs no expansion has one part less.
        var parts = 0;
        string Next() => $"{name}.block.{parts++}";

        if (shape.Expanded != inputs)
        {
            _expand = Add(Convolution.InMobileNet(Next(), new(inputs, shape.Expanded), shape.Activation));
        }

        // A stage that gave its stride up for dilation keeps the size.
        var stride = shape.Dilation > 1 ? 1 : shape.Stride;
        _filter = Add(Convolution.InMobileNet(
            Next(),
            new(shape.Expanded, shape.Expanded, shape.Kernel, stride, shape.Dilation, Groups: shape.Expanded),
            shape.Activation));
        if (shape.Weighs)
        {
            _weigh = Add(new SqueezeExcitation(Next(), shape.Expanded, MultipleOf8(shape.Expanded / 4)));
        }

        _project = Add(Convolution.InMobileNet(Next(), new(shape.Expanded, shape.Outputs), Activation.None));

        // The stride of the configuration counts, given up or not.
        _adds = shape.Stride == 1 && inputs == shape.Outputs;
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        using var expanded = _expand?.Forward(input);
        using var filtered = _filter.Forward(expanded ?? input);
        using var weighed = _weigh?.Forward(filtered);
        var output = _project.Forward(weighed ?? filtered);
        return _adds ? output.add_(input, Scalars.One) : output;
    }

    /// <summary>The multiple of 8 that is nearest, but never more than a tenth below.</summary>
    private static int MultipleOf8(int channels)
    {
        var rounded = Math.Max(8, (channels + 4) / 8 * 8);
        return rounded < 0.9 * channels ? rounded + 8 : rounded;
    }
}

/// <summary>The geometry of an <see cref="InvertedResidual"/>.</summary>
/// <param name="Kernel">Side of the filter.</param>
/// <param name="Expanded">Channels of the filter.</param>
/// <param name="Outputs">Channels that go out.</param>
/// <param name="Weighs">Whether the channels are weighed.</param>
/// <param name="Activation">What follows the first two convolutions.</param>
/// <param name="Stride">The filter's stride.</param>
/// <param name="Dilation">The filter's dilation; above 1 it replaces the stride.</param>
internal readonly record struct InvertedResidualShape(
    int Kernel, int Expanded, int Outputs, bool Weighs, Activation Activation, int Stride = 1, int Dilation = 1);

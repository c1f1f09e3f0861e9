using static Egress.Backend.Networks.Activation;
using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>
/// MobileNetV3-Large as torchvision's segmentation models use it: without its classifier, and with the stride of its last stage
/// replaced by dilation, so that features come out at a 16th of the picture's size.
/// </summary>
internal sealed class MobileNetV3 : Layer
{
    /// <summary>Channels of the features.</summary>
    public const int Channels = 960;

    /// <summary>Channels of the fine features, at an eighth of the picture's size.</summary>
    public const int FineChannels = 40;

    private const int StemChannels = 16;

    /// <summary>The block whose output the fine features are, counted from 0.</summary>
    private const int FineBlock = 3;

    private static readonly InvertedResidualShape[] s_blocks =
    [
        new(3, 16, 16, false, Relu),
        new(3, 64, 24, false, Relu, Stride: 2),
        new(3, 72, 24, false, Relu),
        new(5, 72, FineChannels, true, Relu, Stride: 2),
        new(5, 120, 40, true, Relu),
        new(5, 120, 40, true, Relu),
        new(3, 240, 80, false, HardSwish, Stride: 2),
        new(3, 200, 80, false, HardSwish),
        new(3, 184, 80, false, HardSwish),
        new(3, 184, 80, false, HardSwish),
        new(3, 480, 112, true, HardSwish),
        new(3, 672, 112, true, HardSwish),
        new(5, 672, 160, true, HardSwish, Stride: 2, Dilation: 2),
        new(5, 960, 160, true, HardSwish, Dilation: 2),
        new(5, 960, 160, true, HardSwish, Dilation: 2),
    ];

    private readonly Convolution _stem;
    private readonly List<InvertedResidual> _blocks = [];
    private readonly Convolution _last;

    /// <param name="name">The backbone's name in the network.</param>
    public MobileNetV3(string name)
    {
        _stem = Add(Convolution.InMobileNet($"{name}.0", new(3, StemChannels, Kernel: 3, Stride: 2), HardSwish));
        var inputs = StemChannels;
        foreach (var shape in s_blocks)
        {
            _blocks.Add(Add(new InvertedResidual($"{name}.{_blocks.Count + 1}", inputs, shape)));
            inputs = shape.Outputs;
        }

        _last = Add(Convolution.InMobileNet($"{name}.{_blocks.Count + 1}", new(inputs, Channels), HardSwish));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        var (fine, features) = ForwardBoth(input);
        fine.Dispose();
        return features;
    }

    /// <summary>The features at an eighth and at a 16th of the picture's size; both belong to the caller.</summary>
    /// <inheritdoc cref="Forward"/>
    public (Tensor Fine, Tensor Features) ForwardBoth(Tensor input)
    {
        var current = _stem.Forward(input);
        Tensor? fine = null;
        for (var i = 0; i < _blocks.Count; i++)
        {
            var next = _blocks[i].Forward(current);
            if (!ReferenceEquals(current, fine))
            {
                current.Dispose();
            }

            current = next;
            if (i == FineBlock)
            {
                fine = current;
            }
        }

        using var last = current;
        return (fine!, _last.Forward(last));
    }
}

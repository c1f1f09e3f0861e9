using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Egress.Backend.Networks;

/// <summary>
/// A residual network as torchvision's segmentation models use it: without its classifier, and with the strides of its last two
/// stages replaced by dilation, so that features come out at an eighth of the picture's size instead of a 32nd.
/// </summary>
internal sealed class ResNet : Layer
{
    /// <summary>Channels of the features.</summary>
    public const int Channels = 512 * Bottleneck.Expansion;

    private const int StemChannels = 64;

    private readonly Convolution _stem;
    private readonly List<Bottleneck> _blocks = [];

    /// <param name="name">The backbone's name in the network.</param>
    /// <param name="blocks">Blocks in each of the four stages: 3, 4, 6, 3 make ResNet-50; 3, 4, 23, 3 make ResNet-101.</param>
    public ResNet(string name, params ReadOnlySpan<int> blocks)
    {
        _stem = Add(Convolution.InBackbone($"{name}.conv1", $"{name}.bn1", new(3, StemChannels, Kernel: 7, Stride: 2)));

        var inputs = StemChannels;
        inputs = AddStage($"{name}.layer1", blocks[0], inputs, width: 64, stride: 1, firstDilation: 1, dilation: 1);
        inputs = AddStage($"{name}.layer2", blocks[1], inputs, width: 128, stride: 2, firstDilation: 1, dilation: 1);

        // A stage that gave its stride up begins with the dilation of the one before it.
        inputs = AddStage($"{name}.layer3", blocks[2], inputs, width: 256, stride: 1, firstDilation: 1, dilation: 2);
        _ = AddStage($"{name}.layer4", blocks[3], inputs, width: 512, stride: 1, firstDilation: 2, dilation: 4);
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        using var stem = _stem.Forward(input);
        var features = max_pool2d(stem, kernel_size: 3, stride: 2, padding: 1);
        foreach (var block in _blocks)
        {
            using var before = features;
            features = block.ForwardOnto(before);
        }

        return features;
    }

    private int AddStage(string name, int blocks, int inputs, int width, int stride, int firstDilation, int dilation)
    {
        for (var i = 0; i < blocks; i++)
        {
            _blocks.Add(Add(i == 0
                ? new Bottleneck($"{name}.{i}", inputs, width, stride, firstDilation)
                : new Bottleneck($"{name}.{i}", width * Bottleneck.Expansion, width, stride: 1, dilation)));
        }

        return width * Bottleneck.Expansion;
    }
}

using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Egress.Backend.Networks;

/// <summary>
/// Atrous spatial pyramid pooling: the features through a 1×1 convolution, through 3×3 convolutions of growing dilation, and
/// averaged over the whole picture, side by side, then mixed by a 1×1 convolution.
/// </summary>
internal sealed class SpatialPyramidPooling : Layer
{
    /// <summary>Channels of each branch and of the output.</summary>
    public const int Channels = 256;

    private readonly List<Convolution> _branches = [];
    private readonly Convolution _pooling;
    private readonly Convolution _project;

    /// <param name="name">The layer's name in the network.</param>
    /// <param name="inputs">Channels of the features.</param>
    /// <param name="rates">The dilations.</param>
    public SpatialPyramidPooling(string name, int inputs, params ReadOnlySpan<int> rates)
    {
        _branches.Add(Add(Convolution.InHead($"{name}.convs.0.0", $"{name}.convs.0.1", new(inputs, Channels))));
        foreach (var rate in rates)
        {
            var branch = $"{name}.convs.{_branches.Count}";
            _branches.Add(Add(Convolution.InHead($"{branch}.0", $"{branch}.1", new(inputs, Channels, Kernel: 3, Dilation: rate))));
        }

        // Counted by position: the average itself is element 0 of this branch and has no parameters.
        var pooling = $"{name}.convs.{_branches.Count}";
        _pooling = Add(Convolution.InHead($"{pooling}.1", $"{pooling}.2", new(inputs, Channels)));
        _project = Add(Convolution.InHead($"{name}.project.0", $"{name}.project.1", new(Channels * (_branches.Count + 1), Channels)));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        var parts = new List<Tensor>(_branches.Count + 1);
        parts.AddRange(_branches.Select(branch => branch.Forward(input)));

        using var average = adaptive_avg_pool2d(input, [1, 1]);
        using var pooled = _pooling.Forward(average);

        // Enlarging one pixel bilinearly repeats it. Joined with a mere view, the parts would come out of their channels-last order.
        using var pixel = pooled.permute(0, 2, 3, 1);
        using var repeated = pixel.expand(-1, input.shape[2], input.shape[3], -1);
        using var laidOut = repeated.contiguous();
        parts.Add(laidOut.permute(0, 3, 1, 2));
        using var joined = cat(parts, dim: 1);
        parts.ForEach(part => part.Dispose());
        return _project.Forward(joined);
    }
}

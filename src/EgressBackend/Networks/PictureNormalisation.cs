using Egress.Backend.Tensors;
using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>
/// Brings pictures into the range that the networks were trained on: <c>(x / 255 − mean) / deviation</c> for each channel, with
/// the means and deviations of ImageNet.
/// </summary>
internal sealed class PictureNormalisation : IDisposable
{
    private static readonly double[] s_mean = [0.485, 0.456, 0.406];
    private static readonly double[] s_deviation = [0.229, 0.224, 0.225];

    private readonly TensorPlacement _placement;
    private readonly Tensor _mean;
    private readonly Tensor _deviation;

    public PictureNormalisation(TensorPlacement placement)
    {
        _placement = placement;
        _mean = PerChannel(s_mean);
        _deviation = PerChannel(s_deviation);
    }

    /// <summary>Normalises pictures.</summary>
    /// <param name="pictures">uint8: batch, height, width, 3.</param>
    /// <returns>Batch, 3, height, width in the model's type; channels-last in memory, as the pictures are.</returns>
    public Tensor Forward(Tensor pictures)
    {
        using var view = pictures.permute(0, 3, 1, 2);

        // In single precision whatever the model's type is: half precision would lose bits in the subtraction.
        using var values = view.to(ScalarType.Float32);
        return values.sub_(_mean).div_(_deviation).to(_placement.Type);
    }

    public void Dispose()
    {
        _mean.Dispose();
        _deviation.Dispose();
    }

    /// <summary>One number a channel, on the pictures' own scale of 0 to 255.</summary>
    private Tensor PerChannel(double[] numbers)
    {
        using var scope = NewDisposeScope();
        var scaled = numbers.Select(number => (float)(number * byte.MaxValue)).ToArray();
        return tensor(scaled).reshape(1, 3, 1, 1).to(_placement.Device).DetachFromDisposeScope();
    }
}

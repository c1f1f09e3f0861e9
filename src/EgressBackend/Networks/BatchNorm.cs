using Egress.Backend.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>
/// A batch norm's parameters. In inference it is <c>scale × x + shift</c> for each channel, which the convolution before it takes
/// into its own weight and bias: one pass over the feature map less.
/// </summary>
/// <param name="name">The norm's name.</param>
/// <param name="channels">Channels of the feature map.</param>
/// <param name="epsilon">What is added to a variance before taking its root.</param>
internal sealed class BatchNorm(string name, int channels, Scalar epsilon)
{
    /// <summary>What PyTorch adds to a variance where nothing else is said.</summary>
    public static readonly Scalar Epsilon = 1e-5;

    /// <summary>What MobileNetV3 adds to a variance.</summary>
    public static readonly Scalar MobileNetEpsilon = 1e-3;

    private readonly ParameterSpec _weight = new($"{name}.weight", [channels], Initialisation.Constant(1));
    private readonly ParameterSpec _bias = new($"{name}.bias", [channels], Initialisation.Constant(0));
    private readonly ParameterSpec _mean = new($"{name}.running_mean", [channels], Initialisation.Constant(0));
    private readonly ParameterSpec _variance = new($"{name}.running_var", [channels], Initialisation.Constant(1));
    private readonly ParameterSpec _steps = new($"{name}.num_batches_tracked", [], Initialisation.Constant(0), IsCounter: true);

    /// <summary>The parameters, in torchvision's order.</summary>
    public IEnumerable<ParameterSpec> Parameters => [_weight, _bias, _mean, _variance, _steps];

    /// <summary>
    /// The weight and bias of a convolution that does its own work and this norm's, in float64, so that rounding to the model's
    /// type is the only loss.
    /// </summary>
    /// <param name="source">Gives this norm's parameters.</param>
    /// <param name="weight">The convolution's own weight.</param>
    public (Tensor Weight, Tensor Bias) Fold(IParameterSource source, Tensor weight)
    {
        var scale = Read(source, _weight) / Read(source, _variance).add(epsilon, Scalars.One).sqrt();
        var shift = Read(source, _bias) - (Read(source, _mean) * scale);
        return (weight.to(ScalarType.Float64) * scale.reshape(-1, 1, 1, 1), shift);
    }

    private static Tensor Read(IParameterSource source, ParameterSpec parameter) => source.Read(parameter).to(ScalarType.Float64);
}

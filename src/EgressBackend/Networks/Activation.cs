using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>What follows a convolution or a product at once.</summary>
internal enum Activation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The larger of x and 0.</summary>
    Relu,

    /// <summary><c>x × min(max(x + 3, 0), 6) ÷ 6</c>.</summary>
    HardSwish,

    /// <summary><c>x × Φ(x)</c>, with the normal distribution's own Φ.</summary>
    Gelu,

    /// <summary>The same with Φ approximated by a hyperbolic tangent.</summary>
    GeluTanh,
}

/// <summary>Computes <see cref="Activation"/>.</summary>
internal static class ActivationExtensions
{
    /// <summary>Applies the activation to a tensor that nobody else uses, in its memory.</summary>
    /// <returns>The same tensor.</returns>
    public static Tensor ApplyTo(this Activation activation, Tensor tensor) => activation switch
    {
        Activation.None => tensor,
        Activation.Relu => tensor.relu_(),
        Activation.HardSwish => tensor.hardswish_(),
        Activation.Gelu => Gelu(tensor, GELU.Approximate.none),
        Activation.GeluTanh => Gelu(tensor, GELU.Approximate.tanh),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, null),
    };

    // TorchSharp makes another object of the same tensor.
    private static Tensor Gelu(Tensor tensor, GELU.Approximate approximate)
    {
        tensor.gelu_(approximate).Dispose();
        return tensor;
    }
}

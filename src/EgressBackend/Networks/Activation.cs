using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>What follows a convolution at once.</summary>
internal enum Activation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The larger of x and 0.</summary>
    Relu,

    /// <summary><c>x × min(max(x + 3, 0), 6) ÷ 6</c>.</summary>
    HardSwish,
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
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, null),
    };
}

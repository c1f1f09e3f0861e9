using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>Where a network's parameters come from. Each is asked for once, so that no second copy of all of them is needed.</summary>
internal interface IParameterSource : IDisposable
{
    /// <summary>The values of a parameter, as a float32 tensor in the current dispose scope, on whichever device it is.</summary>
    Tensor Read(ParameterSpec parameter);
}

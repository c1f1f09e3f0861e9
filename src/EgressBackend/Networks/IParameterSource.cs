using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>Where a network's parameters come from. Each is asked for once, so that no second copy of all of them is needed.</summary>
internal interface IParameterSource : IDisposable
{
    /// <summary>The values of a parameter, as a float32 tensor on the CPU in the current dispose scope.</summary>
    Tensor Read(ParameterSpec parameter);
}

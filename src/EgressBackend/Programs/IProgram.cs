using static TorchSharp.torch;

namespace Egress.Backend.Programs;

/// <summary>A whole model from a file: tensors in, tensors out. What they mean is not its business.</summary>
internal interface IProgram : IDisposable
{
    /// <summary>Bytes of its parameters, as far as it tells.</summary>
    long ParameterBytes { get; }

    /// <summary>Whether it was made for batches of one size only, so that a smaller one has to be filled up.</summary>
    bool NeedsWholeBatches { get; }

    /// <summary>Runs it.</summary>
    /// <param name="inputs">Its inputs, in order.</param>
    /// <returns>Its outputs, in order, in the current dispose scope.</returns>
    Tensor[] Run(params Tensor[] inputs);

    /// <summary>Runs it, and tells its outputs' names too: a dictionary's keys, or places from 0 on.</summary>
    IReadOnlyList<(string Name, Tensor Value)> RunNamed(params Tensor[] inputs);
}

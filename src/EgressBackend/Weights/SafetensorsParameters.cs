using Egress.Models.Weights;
using Egress.Backend.Networks;
using Egress.Backend.Tensors;
using Egress.Models.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Egress.Backend.Weights;

/// <summary>Parameters from a safetensors file whose names and shapes are those of the network.</summary>
internal sealed class SafetensorsParameters : IParameterSource
{
    private readonly SafetensorsFile _file;

    private SafetensorsParameters(SafetensorsFile file) => _file = file;

    /// <summary>Opens a file and compares it with a network's parameters, before anything is computed.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="parameters">The network's parameters.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.WeightsInvalid"/>, <see cref="EgressErrorId.WeightsMismatch"/>,
    /// or the path names no readable file.</exception>
    public static SafetensorsParameters Open(string path, IEnumerable<ParameterSpec> parameters)
    {
        var file = SafetensorsFile.Open(path);
        try
        {
            WeightsComparison.ThrowUnlessEqual(file, [.. parameters]);
            return new SafetensorsParameters(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public unsafe Tensor Read(ParameterSpec parameter)
    {
        var entry = _file.Find(parameter.Name)!;
        var values = empty(parameter.Shape, TypeOf(entry.Type), CPU);

        // TorchSharp makes no tensor over foreign memory, and the file's need not be aligned, so the elements are copied once.
        Buffer.MemoryCopy((void*)_file.Locate(entry), (void*)TensorAddress.Of(values), entry.Length, entry.Length);
        return values.to(ScalarType.Float32);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static ScalarType TypeOf(StoredType type) => type switch
    {
        StoredType.F16 => ScalarType.Float16,
        StoredType.BF16 => ScalarType.BFloat16,
        StoredType.F32 => ScalarType.Float32,
        StoredType.F64 => ScalarType.Float64,
        _ => throw new InvalidOperationException($"{type} was let through by the comparison."),
    };
}

using System.Runtime.InteropServices;
using Egress.Backend.Networks;
using Egress.Backend.Tests.Networks;
using Egress.Models;
using Egress.Models.Weights;
using Egress.Tests;

namespace Egress.Backend.Tests;

/// <summary>Weights files of the built-in network, with the values of <see cref="FormulaParameters"/>.</summary>
internal static class ModelFiles
{
    /// <summary>The parameters of the network with 21 classes, as a file holds them: the counts of training steps are 64-bit.</summary>
    public static List<SafetensorsTensor> DeepLab()
    {
        using var network = NetworkCatalog.Create(BuiltInModels.DeepLabV3ResNet50, classes: 21);
        return [.. network.Parameters.Select(parameter => parameter.IsCounter
            ? new SafetensorsTensor(parameter.Name, StoredType.I64, [], new byte[8])
            : Tensor(parameter.Name, parameter.Shape))];
    }

    /// <summary>A tensor of float32 values.</summary>
    public static SafetensorsTensor Tensor(string name, params long[] shape) => new(
        name, StoredType.F32, shape, MemoryMarshal.AsBytes(FormulaParameters.Values(name, shape).AsSpan()).ToArray());

    /// <summary>Writes a file.</summary>
    public static void Write(string path, IReadOnlyList<SafetensorsTensor> tensors)
    {
        using var stream = File.Create(path);
        SafetensorsWriter.Write(stream, tensors);
    }
}

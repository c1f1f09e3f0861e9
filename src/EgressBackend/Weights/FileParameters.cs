using Egress.Backend.Networks;
using Egress.Backend.Tensors;
using Egress.Buffers;
using Egress.Devices;
using Egress.Models.Weights;
using static TorchSharp.torch;

namespace Egress.Backend.Weights;

/// <summary>
/// Parameters from a file whose names and shapes are those of the network. They go from the mapped file straight to the device,
/// in the file's type, and are converted there.
/// </summary>
internal sealed class FileParameters : IParameterSource
{
    private readonly IWeightsFile _file;
    private readonly IDevice _device;
    private readonly Device _place;

    private FileParameters(IWeightsFile file, IDevice device, Device place)
    {
        _file = file;
        _device = device;
        _place = place;
    }

    /// <summary>Opens a file and compares it with a network's parameters, before anything is computed.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="parameters">The network's parameters.</param>
    /// <param name="device">The device that they go to.</param>
    /// <param name="place">What libtorch calls it.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.WeightsInvalid"/>,
    /// <see cref="EgressErrorId.WeightsClassRefused"/>, <see cref="EgressErrorId.WeightsMismatch"/>, or the path names no readable
    /// file.</exception>
    public static FileParameters Open(string path, IEnumerable<ParameterSpec> parameters, IDevice device, Device place) =>
        Take(WeightsFile.Open(path), parameters, device, place);

    /// <summary>Opens a file of a model with an encoder in it, likewise.</summary>
    /// <inheritdoc cref="Open"/>
    public static FileParameters OpenEncoder(string path, IReadOnlyList<ParameterSpec> parameters, IDevice device, Device place) => Take(
        new EncoderWeights(WeightsFile.Open(path), parameters), parameters, device, place,
        "Give -Model the folder whose config.json the weights were made with. Names have to be Hugging Face's.");

    private static FileParameters Take(
        IWeightsFile file, IEnumerable<ParameterSpec> parameters, IDevice device, Device place, string? advice = null)
    {
        try
        {
            WeightsComparison.ThrowUnlessEqual(file, [.. parameters], advice);
            return new FileParameters(file, device, place);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Tensor Read(ParameterSpec parameter)
    {
        var entry = _file.Find(parameter.Name)!;
        var values = empty([entry.Length / entry.Type.SizeInBytes()], TypeOf(entry.Type), _place);

        // TorchSharp makes no tensor over foreign memory, and the file's need not be aligned, so the bytes are copied once.
        using (var stored = HostBlock.Borrow(_file.Locate(entry), entry.Length))
        {
            _device.ComputeStream.CopyToDevice(new Place(TensorAddress.Of(values), entry.Length), stored, entry.Length);
            _device.ComputeStream.Synchronize();
        }

        var shaped = entry.Strides is { } strides ? values.as_strided(parameter.Shape, [.. strides]) : values.reshape(parameter.Shape);
        return shaped.to(ScalarType.Float32).contiguous();
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

    /// <summary>Memory on the device that belongs to a tensor.</summary>
    private sealed record Place(nint Address, long Bytes) : IDeviceMemory
    {
        public void Dispose()
        {
        }
    }
}

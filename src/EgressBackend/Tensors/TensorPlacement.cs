using Egress.Devices;
using Egress.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Egress.Backend.Tensors;

/// <summary>Where a model's parameters go and in which type.</summary>
/// <param name="Device">The device.</param>
/// <param name="Type">The type of an element.</param>
internal sealed record TensorPlacement(Device Device, ScalarType Type)
{
    /// <summary>The placement of a model of this precision on a CPU or CUDA device.</summary>
    public static TensorPlacement For(IDevice device, ModelPrecision precision) => new(TorchDevice(device), TypeOf(precision));

    /// <summary>The type that a precision computes in.</summary>
    public static ScalarType TypeOf(ModelPrecision precision) => precision switch
    {
        ModelPrecision.Float32 => ScalarType.Float32,
        ModelPrecision.Float16 => ScalarType.Float16,
        ModelPrecision.BFloat16 => ScalarType.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, null),
    };

    /// <summary>
    /// A tensor brought to its place, outside every dispose scope. Weights of convolutions come out channels-last: convolutions
    /// follow the layout of what they are given, and in that one they are faster, in half precision on the CPU tens of times.
    /// </summary>
    public Tensor Place(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var placed = tensor.to(Type, Device);
        return (placed.dim() == 4 ? placed.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : placed).DetachFromDisposeScope();
    }

    private static Device TorchDevice(IDevice device) => device.Kind switch
    {
        DeviceKind.Cpu => CPU,
        DeviceKind.Cuda => new Device(DeviceType.CUDA, DeviceSpec.Parse(device.Name).Ordinal),
        _ => throw new ArgumentException($"Models do not run on {device.Name}.", nameof(device)),
    };
}

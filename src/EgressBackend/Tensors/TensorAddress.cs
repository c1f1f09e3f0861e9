using System.Runtime.InteropServices;
using TorchSharp;

namespace Egress.Backend.Tensors;

/// <summary>
/// The address of a tensor's memory. TorchSharp gives it out for CPU tensors only (<c>bytes</c>) and for a few element types
/// (<c>data_ptr</c>); its native library gives it out for every device and type.
/// </summary>
internal static partial class TensorAddress
{
    /// <summary>The address of a tensor's first element, on the device that the tensor is on.</summary>
    public static nint Of(torch.Tensor tensor)
    {
        var address = Data(tensor.Handle);
        GC.KeepAlive(tensor);
        return address;
    }

    [LibraryImport("LibTorchSharp", EntryPoint = "THSTensor_data")]
    private static partial nint Data(nint tensor);
}

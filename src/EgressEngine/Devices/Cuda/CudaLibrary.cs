using System.Runtime.InteropServices;
using Egress.Runtime;

namespace Egress.Devices.Cuda;

/// <summary>
/// Binds to the CUDA runtime that libtorch uses. Asking libtorch's own library for the runtime's exports finds them in what it
/// was linked with, whatever other runtimes the process has loaded.
/// </summary>
internal static class CudaLibrary
{
    /// <summary>The part of libtorch that is linked with the CUDA runtime, by its name in <see cref="NativeRuntime"/>.</summary>
    public const string TorchPart = "c10_cuda";

    /// <summary>Binds to the CUDA runtime of the libtorch in use, which is loaded where it is not yet.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.RuntimeNotLoaded"/> without a libtorch,
    /// <see cref="EgressErrorId.DeviceNotFound"/> where it has no CUDA, or has the runtime linked into it.</exception>
    public static CudaApi Bind()
    {
        var info = NativeRuntime.EnsureLoaded();
        if (!info.HasCuda)
        {
            throw Unusable(
                info.CudaLoadError is { } error
                    ? $"The CUDA part of the libtorch in {info.LibtorchFolder} did not load: {error}"
                    : $"The libtorch in {info.LibtorchFolder} was built for the CPU.",
                info.LibtorchFolder,
                null);
        }

        return Bind(NativeRuntime.HandleOf(TorchPart), info.LibtorchFolder);
    }

    /// <summary>Binds to the CUDA runtime in a loaded library or in what that was linked with.</summary>
    /// <param name="library">The library's handle.</param>
    /// <param name="path">What to call it in an error.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DeviceNotFound"/>.</exception>
    internal static CudaApi Bind(nint library, string path)
    {
        try
        {
            return new CudaApi(name => NativeLibrary.GetExport(library, name));
        }
        catch (EntryPointNotFoundException exception)
        {
            throw Unusable(
                $"{path} gives no access to the CUDA runtime, which is older than CUDA 11 or linked into libtorch: {exception.Message}",
                path,
                exception);
        }
    }

    private static EgressException Unusable(string message, string path, Exception? inner) => new(
        EgressErrorId.DeviceNotFound,
        EgressErrorCategory.ResourceUnavailable,
        message,
        $"Set {LibtorchLocator.Variable} to the lib folder of a PyTorch or libtorch for CUDA 12 or 13, or use -Device cpu.",
        path,
        inner);
}

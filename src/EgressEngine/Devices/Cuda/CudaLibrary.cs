using System.Runtime.InteropServices;

namespace Egress.Devices.Cuda;

/// <summary>
/// Binds to the CUDA runtime that libtorch uses. Asking libtorch's own library for the runtime's exports finds them in what it
/// was linked with, whatever other runtimes the process has loaded.
/// </summary>
internal static class CudaLibrary
{
    private const string MapsPath = "/proc/self/maps";
    private const string TorchCudaLibrary = "libc10_cuda";
    private const string RuntimeLibrary = "libcudart";

    /// <summary>The full path of the CUDA runtime in this process, or null where none is loaded as a library of its own.</summary>
    public static string? RuntimePath() => FindInProcess(RuntimeLibrary);

    /// <summary>Binds to the CUDA runtime of the libtorch in this process.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DeviceNotFound"/> where libtorch has no CUDA, or has its runtime
    /// linked in.</exception>
    public static CudaApi BindInProcess()
    {
        var torch = FindInProcess(TorchCudaLibrary)
            ?? throw Unusable("No libtorch for CUDA is loaded: the one in use was built for the CPU.", null, null);
        return Bind(torch);
    }

    /// <summary>Binds to the CUDA runtime in the library at this path, or in what that was linked with.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DeviceNotFound"/>.</exception>
    public static CudaApi Bind(string path)
    {
        try
        {
            // Loaded already as a rule, so this yields its handle only. It stays loaded: libtorch cannot be unloaded.
            var library = NativeLibrary.Load(path);
            return new CudaApi(name => NativeLibrary.GetExport(library, name));
        }
        catch (EntryPointNotFoundException exception)
        {
            throw Unusable(
                $"{path} does not give access to the CUDA runtime, which is older than CUDA 11 or linked into it: {exception.Message}",
                path,
                exception);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            throw Unusable($"{path} did not load: {exception.Message}", path, exception);
        }
    }

    /// <summary>
    /// The file of a library among the lines of a <c>maps</c> file. Libtorch's archives carry the runtime as
    /// <c>libcudart-0123abcd.so.12</c>, PyTorch's packages as <c>libcudart.so.13</c>.
    /// </summary>
    /// <param name="maps">The lines.</param>
    /// <param name="name">The library's name without its suffix.</param>
    internal static string? Find(IEnumerable<string> maps, string name)
    {
        foreach (var line in maps)
        {
            var slash = line.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0)
            {
                continue;
            }

            var path = line[slash..];
            var file = Path.GetFileName(path);
            if (file.StartsWith(name, StringComparison.Ordinal)
                && file.Length > name.Length
                && file[name.Length] is '.' or '-'
                && file.Contains(".so", StringComparison.Ordinal))
            {
                return path;
            }
        }

        return null;
    }

    private static string? FindInProcess(string name) => File.Exists(MapsPath) ? Find(File.ReadLines(MapsPath), name) : null;

    private static EgressException Unusable(string message, string? path, Exception? inner) => new(
        EgressErrorId.DeviceNotFound,
        EgressErrorCategory.ResourceUnavailable,
        message,
        "Set EGRESS_LIBTORCH to the lib folder of a PyTorch or libtorch for CUDA 12 or 13, or use -Device cpu.",
        path,
        inner);
}

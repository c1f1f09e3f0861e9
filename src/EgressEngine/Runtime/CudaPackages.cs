namespace Egress.Runtime;

/// <summary>
/// The CUDA libraries beside a Python installation of PyTorch. Its wheels do not hold them; packages of their own put them into
/// <c>site-packages/nvidia/&lt;name&gt;/lib</c>, and from CUDA 13 on into <c>site-packages/nvidia/cu&lt;major&gt;/lib</c>.
/// </summary>
/// <remarks>
/// libtorch's own search path leads to most of them. Some load others by bare name when they are first used (cuDNN loads NVRTC)
/// or would take another version from <c>LD_LIBRARY_PATH</c>, so <c>import torch</c> loads them all beforehand, and so does
/// Egress.
/// </remarks>
internal static class CudaPackages
{
    // Order matters: libcublasLt before libcublas, which would otherwise take a libcublasLt of the system.
    private static readonly (string Package, string Library)[] s_libraries =
    [
        ("cublas", "libcublasLt.so"),
        ("cublas", "libcublas.so"),
        ("cudnn", "libcudnn.so"),
        ("cuda_nvrtc", "libnvrtc.so"),
        ("cuda_nvrtc", "libnvrtc-builtins.so"),
        ("cuda_runtime", "libcudart.so"),
        ("cuda_cupti", "libcupti.so"),
        ("cufft", "libcufft.so"),
        ("curand", "libcurand.so"),
        ("nvjitlink", "libnvJitLink.so"),
        ("cusparse", "libcusparse.so"),
        ("cusparselt", "libcusparseLt.so"),
        ("cusolver", "libcusolver.so"),
        ("nccl", "libnccl.so"),
        ("nvshmem", "libnvshmem_host.so"),
        ("cufile", "libcufile.so"),
    ];

    /// <summary>The libraries to load, in order, as full paths; empty where there are none.</summary>
    /// <param name="libtorchFolder">Full path of a libtorch's folder, for a Python installation <c>site-packages/torch/lib</c>.</param>
    /// <param name="cudaRuntimePath">The CUDA runtime that libtorch has loaded, where it has: the others are first looked for
    /// beside it, because packages of several CUDA versions may lie side by side.</param>
    public static IReadOnlyList<string> Find(string libtorchFolder, string? cudaRuntimePath)
    {
        var found = new List<string>();
        foreach (var (package, library) in s_libraries)
        {
            var folders = Folders(package, libtorchFolder, cudaRuntimePath);
            if (folders.Select(folder => InFolder(folder, library)).FirstOrDefault(path => path is not null) is { } path)
            {
                found.Add(path);
            }
        }

        return found;
    }

    /// <summary>The folders that a package's libraries may lie in, likely ones first, as full paths; they need not exist.</summary>
    /// <param name="package">The package's name, for example <c>cublas</c>.</param>
    /// <param name="libtorchFolder">As for <see cref="Find"/>.</param>
    /// <param name="cudaRuntimePath">Likewise.</param>
    public static IReadOnlyList<string> Folders(string package, string libtorchFolder, string? cudaRuntimePath)
    {
        var packages = Path.GetFullPath(Path.Combine(libtorchFolder, "..", "..", "nvidia"));
        if (!Directory.Exists(packages))
        {
            return [];
        }

        var folders = new List<string> { Path.Combine(packages, package, "lib") };
        folders.AddRange(Directory.GetDirectories(packages, "cu*")
            .Where(folder => int.TryParse(Path.GetFileName(folder).AsSpan(2), out _))
            .OrderByDescending(folder => int.Parse(Path.GetFileName(folder).AsSpan(2), System.Globalization.CultureInfo.InvariantCulture))
            .Select(folder => Path.Combine(folder, "lib")));
        if (cudaRuntimePath is not null)
        {
            folders.Insert(0, Path.GetDirectoryName(cudaRuntimePath)!);
        }

        return folders;
    }

    /// <summary>The file with a version in its name, which is the one that libraries ask for.</summary>
    private static string? InFolder(string folder, string library) => Directory.Exists(folder)
        ? Directory.GetFiles(folder, library + ".*").Where(path => char.IsAsciiDigit(path[^1])).Order(StringComparer.Ordinal).FirstOrDefault()
        : null;
}

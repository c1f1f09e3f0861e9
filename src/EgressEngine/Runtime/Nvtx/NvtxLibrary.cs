using System.Runtime.InteropServices;

namespace Egress.Runtime.Nvtx;

/// <summary>
/// Finds the library that makes NVTX's functions callable from other languages than C: <c>libnvtx3interop.so</c> of CUDA 12.9 and
/// later, <c>libnvToolsExt.so</c> before that. It is taken from the NVIDIA packages beside libtorch, from libtorch's own folder or
/// from beside the CUDA runtime, else from wherever the system's linker finds it.
/// </summary>
internal static class NvtxLibrary
{
    private const string Version3 = "libnvtx3interop";
    private const string Version2 = "libnvToolsExt";

    private static readonly Lock s_lock = new();
    private static readonly HashSet<string> s_searched = [];
    private static volatile NvtxApi? s_current;

    /// <summary>The library in this process, or null where none was found. Tests put their own here.</summary>
    public static NvtxApi? Current
    {
        get => s_current;
        set => s_current = value;
    }

    /// <summary>
    /// Looks for the library, where none is loaded and libtorch, which may bring one, is another than at the last search. It never
    /// fails: without a library there are no ranges.
    /// </summary>
    public static void EnsureSearched()
    {
        lock (s_lock)
        {
            var runtime = NativeRuntime.Info;
            if (s_current is null && s_searched.Add(runtime?.LibtorchFolder ?? ""))
            {
                s_current = Find(runtime?.LibtorchFolder, runtime?.CudaRuntimePath);
            }
        }
    }

    /// <summary>The first library that loads and has the functions, or null.</summary>
    /// <param name="libtorchFolder">The folder of the libtorch in use, or null.</param>
    /// <param name="cudaRuntimePath">The CUDA runtime in use, or null.</param>
    internal static NvtxApi? Find(string? libtorchFolder, string? cudaRuntimePath) =>
        Candidates(libtorchFolder, cudaRuntimePath).Select(TryLoad).FirstOrDefault(api => api is not null);

    /// <summary>What to load, best first: full paths, then names for the system's linker.</summary>
    internal static IEnumerable<string> Candidates(string? libtorchFolder, string? cudaRuntimePath)
    {
        var folders = libtorchFolder is null ? [] : CudaPackages.Folders("nvtx", libtorchFolder, cudaRuntimePath).Append(libtorchFolder);
        if (Path.GetDirectoryName(cudaRuntimePath) is { } toolkit)
        {
            folders = folders.Append(toolkit);
        }

        return folders.Distinct().Where(Directory.Exists).SelectMany(InFolder)
            .Concat([$"{Version3}.so.1", $"{Version3}.so", $"{Version2}.so.1", $"{Version2}.so"]);
    }

    /// <summary>The libraries in a folder; redistributed builds of libtorch have a hash in the name: libnvToolsExt-847d78f2.so.1.</summary>
    private static IEnumerable<string> InFolder(string folder) =>
        from name in (string[])[Version3, Version2]
        from path in Directory.GetFiles(folder, $"{name}*.so*").Order(StringComparer.Ordinal)
        select path;

    private static NvtxApi? TryLoad(string library)
    {
        if (!NativeLibrary.TryLoad(library, out var handle))
        {
            return null;
        }

        var version = Path.GetFileName(library).StartsWith(Version3, StringComparison.Ordinal) ? Version3 : Version2;
        try
        {
            var path = Path.IsPathRooted(library) ? library : ProcessMaps.Find(version) ?? library;
            return new NvtxApi(path, (ushort)(version == Version3 ? 3 : 2), name => NativeLibrary.GetExport(handle, name));
        }
        catch (EntryPointNotFoundException)
        {
            // Some other library of that name.
            NativeLibrary.Free(handle);
            return null;
        }
    }
}

using System.Runtime.InteropServices;

namespace Egress.Runtime;

/// <summary>Loads libtorch and TorchSharp's binding into the process, each library by full path and after those it needs.</summary>
internal sealed class NativeRuntimeLoader
{
    /// <summary>TorchSharp's binding, by the name that TorchSharp asks for.</summary>
    public const string Binding = "LibTorchSharp";

    /// <summary>The libtorch that TorchSharp's library is made for; newer ones have kept what it calls.</summary>
    private static readonly Version s_oldest = new(2, 10);

    private readonly LibtorchLocation _location;
    private readonly string _depsFolder;
    private readonly Dictionary<string, nint> _handles = new(StringComparer.Ordinal);

    private NativeRuntimeLoader(LibtorchLocation location, string depsFolder)
    {
        _location = location;
        _depsFolder = depsFolder;
        Info = Load();
    }

    /// <summary>What was loaded.</summary>
    public NativeRuntimeInfo Info { get; }

    /// <summary>The loaded libraries by name, without <c>lib</c> and <c>.so</c>.</summary>
    public IReadOnlyDictionary<string, nint> Handles => _handles;

    /// <inheritdoc cref="LibtorchLocator.Locate"/>
    public static NativeRuntimeLoader Run(string? variable, string depsFolder) =>
        new(LibtorchLocator.Locate(variable, depsFolder), depsFolder);

    private NativeRuntimeInfo Load()
    {
        LoadGlobalDependencies();
        LoadRequired("c10");
        LoadRequired("torch_cpu");
        var version = ReadVersion(_handles["torch_cpu"]);
        RequireVersion(version);

        // The CUDA part is optional: without it, or where it does not load, the CPU still works.
        var cudaError = LoadCuda();
        LoadUmbrella(cudaError);
        LoadRequired(Binding, _depsFolder);

        return new NativeRuntimeInfo
        {
            LibtorchFolder = _location.Folder,
            Origin = _location.Origin,
            LibtorchVersion = version,
            HasCuda = _handles.ContainsKey("torch_cuda"),
            CudaLoadError = cudaError,
            CudaRuntimePath = ProcessMaps.FindCudaRuntime(),
        };
    }

    /// <summary>
    /// Loads the library whose only content is a list of what libtorch needs from elsewhere (OpenMP, MKL, CUDA), with symbols
    /// that all others see: a dynamically linked MKL depends on it. Not every libtorch has one.
    /// </summary>
    private void LoadGlobalDependencies()
    {
        var path = Path.Combine(_location.Folder, "libtorch_global_deps.so");
        if (!File.Exists(path))
        {
            return;
        }

        var loaded = TryLoad(path, global: true) is null;
        foreach (var library in CudaPackages.Find(_location.Folder, ProcessMaps.FindCudaRuntime()))
        {
            // What does not load here and is needed comes up again, with its reason, when the CUDA part is loaded.
            _ = TryLoad(library, global: false);
        }

        if (!loaded)
        {
            _ = TryLoad(path, global: true);
        }
    }

    /// <summary>Loads the CUDA part where there is one, and returns the reason where it did not load.</summary>
    private string? LoadCuda()
    {
        foreach (var name in (string[])["c10_cuda", "torch_cuda"])
        {
            var path = PathOf(name, _location.Folder);
            if (!File.Exists(path))
            {
                return null;
            }

            try
            {
                _handles[name] = DynamicLinker.Load(path);
            }
            catch (DllNotFoundException e)
            {
                return e.Message;
            }
        }

        return null;
    }

    /// <summary>
    /// Loads <c>libtorch.so</c>, which holds nothing but the list of libtorch's parts. In a build with CUDA that list names the
    /// CUDA part; where that did not load, the module's own <c>libtorch.so</c>, which names only the CPU part, stands in.
    /// </summary>
    private void LoadUmbrella(string? cudaError)
    {
        try
        {
            LoadRequired("torch");
        }
        catch (EgressException) when (cudaError is not null && File.Exists(PathOf("torch", _depsFolder)))
        {
            LoadRequired("torch", _depsFolder);
        }
    }

    private void LoadRequired(string name, string? folder = null)
    {
        var path = PathOf(name, folder ?? _location.Folder);
        try
        {
            _handles[name] = DynamicLinker.Load(path);
        }
        catch (DllNotFoundException e)
        {
            throw new EgressException(
                EgressErrorId.RuntimeNotLoaded,
                EgressErrorCategory.NotInstalled,
                $"{Path.GetFileName(path)} did not load: {e.Message}. {Searched()}",
                LibtorchLocator.Advice,
                path,
                e);
        }
    }

    /// <summary>Refuses a libtorch that TorchSharp's library is not made for: loading that over a much older one ends the process.</summary>
    private void RequireVersion(Version? version)
    {
        if (version is null || version < s_oldest)
        {
            var found = version is null ? $"older than {s_oldest}: it does not even say its version" : version.ToString();
            throw new EgressException(
                EgressErrorId.RuntimeNotLoaded,
                EgressErrorCategory.NotInstalled,
                $"The libtorch in '{_location.Folder}' is {found}, and {s_oldest} or newer is needed. {Searched()}",
                LibtorchLocator.Advice,
                _location.Folder);
        }
    }

    private string Searched() => _location.Origin == LibtorchOrigin.Environment
        ? $"libtorch is taken from '{_location.Folder}' because {LibtorchLocator.Variable} says so; "
            + $"TorchSharp's library is taken from the module's folder '{_depsFolder}'."
        : $"{LibtorchLocator.Variable} is not set, so everything is taken from the module's folder '{_depsFolder}'.";

    private static string? TryLoad(string path, bool global)
    {
        try
        {
            _ = DynamicLinker.Load(path, global);
            return null;
        }
        catch (DllNotFoundException e)
        {
            return e.Message;
        }
    }

    private static string PathOf(string name, string folder) => Path.Combine(folder, $"lib{name}.so");

    private static unsafe Version? ReadVersion(nint torchCpu)
    {
        if (!NativeLibrary.TryGetExport(torchCpu, "aoti_torch_abi_version", out var function))
        {
            return null;
        }

        // One byte each for major, minor and patch, from the top.
        var version = ((delegate* unmanaged<ulong>)function)();
        return new Version((int)(version >> 56) & 0xff, (int)(version >> 48) & 0xff, (int)(version >> 40) & 0xff);
    }
}

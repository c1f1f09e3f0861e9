using System.Reflection;
using System.Runtime.Loader;

namespace Egress.Runtime;

/// <summary>
/// Where third-party assemblies load: apart from the session's, so that a session that has another version of one of them, older
/// or newer, keeps it, and Egress has its own.
/// </summary>
internal sealed class PrivateLoadContext : AssemblyLoadContext
{
    private static readonly HashSet<string> s_torchLibraries = new(StringComparer.Ordinal)
    {
        NativeRuntimeLoader.Binding, "c10", "c10_cuda", "torch", "torch_cpu", "torch_cuda",
    };

    private readonly string _folder;

    /// <param name="folder">Full path of the folder that assemblies and native libraries are taken from.</param>
    public PrivateLoadContext(string folder)
        : base("Egress") => _folder = folder;

    /// <summary>
    /// The engine is the one that is already there, so that both sides mean the same types; an assembly that lies in the folder
    /// comes from there; everything else is the platform's.
    /// </summary>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var engine = typeof(PrivateLoadContext).Assembly;
        if (assemblyName.Name == engine.GetName().Name)
        {
            return engine;
        }

        var path = Path.Combine(_folder, assemblyName.Name + ".dll");
        if (!string.IsNullOrEmpty(assemblyName.CultureName) || !File.Exists(path))
        {
            return null;
        }

        if (assemblyName.Name == "TorchSharp")
        {
            // Callers load the native runtime first and get its error as it is. This makes sure of it: TorchSharp must not find
            // its libraries missing, or it starts to copy files (see NativeRuntime).
            _ = NativeRuntime.EnsureLoaded();
        }

        return LoadFromAssemblyPath(path);
    }

    /// <summary>libtorch's libraries are those that are loaded; other libraries that lie in the folder come from there.</summary>
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        if (s_torchLibraries.Contains(unmanagedDllName))
        {
            // No answer would make the runtime go on looking, by bare name, and mix in whatever libtorch the system has.
            var handle = NativeRuntime.HandleOf(unmanagedDllName);
            return handle != 0
                ? handle
                : throw new DllNotFoundException($"The libtorch in use has no lib{unmanagedDllName}.so, or it did not load.");
        }

        if (unmanagedDllName.Contains('/', StringComparison.Ordinal))
        {
            return 0;
        }

        foreach (var name in (string[])[unmanagedDllName, $"lib{unmanagedDllName}.so", $"lib{unmanagedDllName}", $"{unmanagedDllName}.so"])
        {
            var path = Path.Combine(_folder, name);
            if (File.Exists(path))
            {
                return DynamicLinker.Load(path);
            }
        }

        return 0;
    }
}

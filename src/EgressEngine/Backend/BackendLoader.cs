using Egress.Runtime;

namespace Egress.Backend;

/// <summary>
/// Gives the one <see cref="IBackend"/> of the process, from EgressBackend in a load context of its own. The first call loads
/// that assembly and nothing native.
/// </summary>
public static class BackendLoader
{
    private const string AssemblyName = "EgressBackend";
    private const string TypeName = "Egress.Backend.TorchBackend";

    private static readonly Lazy<IBackend> s_backend = new(() => Create(ModuleFolder.Deps));

    /// <summary>The backend. libtorch is loaded when a member that needs it is first called.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.RuntimeNotLoaded"/>: the module is incomplete.</exception>
    public static IBackend Load() => s_backend.Value;

    private static LazyRuntimeBackend Create(string folder)
    {
        var path = Path.Combine(folder, AssemblyName + ".dll");
        try
        {
            var assembly = new PrivateLoadContext(folder).LoadFromAssemblyPath(path);
            var type = assembly.GetType(TypeName, throwOnError: true)!;
            return new LazyRuntimeBackend((IBackend)Activator.CreateInstance(type, nonPublic: true)!);
        }
        catch (Exception e) when (e is IOException or BadImageFormatException or TypeLoadException or MissingMethodException
            or InvalidCastException)
        {
            throw new EgressException(
                EgressErrorId.RuntimeNotLoaded,
                EgressErrorCategory.NotInstalled,
                $"A part of the module did not load from '{path}': {e.Message}",
                "Build or install the module again; all its files have to be of one version.",
                path,
                e);
        }
    }
}

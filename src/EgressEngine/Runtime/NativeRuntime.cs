namespace Egress.Runtime;

/// <summary>
/// The native libraries that run models: libtorch and TorchSharp's binding to it. They are loaded once for the process, by full
/// path, when a model is first needed.
/// </summary>
/// <remarks>
/// TorchSharp asks for these libraries by name. Where that fails it copies libraries from the user's package cache beside its own
/// assembly and writes to the console. With everything loaded beforehand its first question is answered and that never happens.
/// </remarks>
public static class NativeRuntime
{
    private static readonly Lazy<NativeRuntimeLoader> s_loaded = new(
        () => NativeRuntimeLoader.Run(Environment.GetEnvironmentVariable(LibtorchLocator.Variable), ModuleFolder.Deps));

    /// <summary>What is loaded, or null while nothing is.</summary>
    public static NativeRuntimeInfo? Info => s_loaded.IsValueCreated ? s_loaded.Value.Info : null;

    /// <summary>
    /// Loads libtorch where it is not loaded yet. Any thread may call it; all get the outcome of the first call, failure
    /// included: after half a libtorch, another one cannot be loaded into the same process.
    /// </summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.RuntimeNotLoaded"/>.</exception>
    public static NativeRuntimeInfo EnsureLoaded() => s_loaded.Value.Info;

    /// <summary>The handle of a library of libtorch or its binding, loading all of them first.</summary>
    /// <param name="name">The name without <c>lib</c> and <c>.so</c>, for example <c>torch_cpu</c>.</param>
    /// <returns>The handle, or 0 where the libtorch in use has no such library.</returns>
    internal static nint HandleOf(string name) => s_loaded.Value.Handles.GetValueOrDefault(name);
}

namespace Egress.Runtime;

/// <summary>Where the module's own files are.</summary>
internal static class ModuleFolder
{
    /// <summary>
    /// The name of the application's setting (<see cref="AppContext.GetData"/>, for example from a <c>runtimeconfig.json</c>)
    /// that says where <see cref="Deps"/> is for an application that has the engine among its own files: tests and benchmarks.
    /// </summary>
    public const string DepsSetting = "Egress.DepsFolder";

    /// <summary>
    /// Full path of the folder with EgressBackend, third-party assemblies and native libraries. In a module it lies beside this
    /// assembly.
    /// </summary>
    public static string Deps { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(
        AppContext.GetData(DepsSetting) as string
        ?? Path.Combine(Path.GetDirectoryName(typeof(ModuleFolder).Assembly.Location) ?? AppContext.BaseDirectory, "deps")));
}

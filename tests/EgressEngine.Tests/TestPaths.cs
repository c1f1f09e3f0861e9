using System.Reflection;
using Egress.Runtime;

namespace Egress.Tests;

/// <summary>Where things are that tests work on.</summary>
internal static class TestPaths
{
    /// <summary>The module's folder of third-party assemblies and native libraries, as built.</summary>
    public static string Deps => ModuleFolder.Deps;

    /// <summary>TorchSharp's native library as its package has it.</summary>
    public static string OriginalTorchSharpLibrary => Metadata("OriginalTorchSharpLibrary");

    private static string Metadata(string key) => typeof(TestPaths).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key).Value!;
}

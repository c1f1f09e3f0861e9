using System.Reflection;
using Egress.Runtime;

namespace Egress.Tests;

/// <summary>Where things are that tests work on.</summary>
internal static class TestPaths
{
    /// <summary>The module's folder of third-party assemblies and native libraries, as built.</summary>
    public static string Deps => ModuleFolder.Deps;

    /// <summary>The repository's folder.</summary>
    public static string Repository => Path.GetFullPath(Metadata("Repository"));

    /// <summary>TorchSharp's native library as its package has it.</summary>
    public static string OriginalTorchSharpLibrary => Metadata("OriginalTorchSharpLibrary");

    /// <summary>A picture of 451 × 300 pixels.</summary>
    public static string SamplePicture => Path.GetFullPath(Metadata("SamplePicture"));

    /// <summary>The program that tests of loading start.</summary>
    public static string ProbeProgram => Metadata("ProbeProgram");

    /// <summary>The library that this program loads into the private context.</summary>
    public static string ProbeLibrary => Metadata("ProbeLibrary");

    /// <summary>The build's tool that makes a symbol version optional.</summary>
    public static string WeakenVersionNeed => Metadata("WeakenVersionNeed");

    /// <summary>The build's tool that makes the help.</summary>
    public static string HelpBuilder => Metadata("HelpBuilder");

    private static string Metadata(string key) => typeof(TestPaths).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key).Value!;
}

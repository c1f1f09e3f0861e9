using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Egress.Runtime;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

// Tests compare what the process holds before and after: two at once would see each other.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Egress.Backend.Tests;

/// <summary>
/// Loads the module's native libraries before a test needs them. In the module a load context of its own finds them; here
/// TorchSharp and NetVips ask for them by name, and find those that are loaded.
/// </summary>
internal static class NativeLibraries
{
    [ModuleInitializer]
    internal static void Load()
    {
        _ = NativeRuntime.EnsureLoaded();
        _ = NativeLibrary.Load(Path.Combine(ModuleFolder.Deps, "libvips.so.42"));
        NativeLibrary.SetDllImportResolver(
            typeof(SkiaSharp.SKTypeface).Assembly, (name, _, _) => NativeLibrary.Load(Path.Combine(ModuleFolder.Deps, name + ".so")));

        // Other test projects may run at the same time, and OpenMP's threads spin where they have to wait for a processor.
        new TorchBackend().SetCpuThreads(1);
    }
}

using Egress.Runtime.Nvtx;

namespace Egress.Tests.Runtime.Nvtx;

public sealed class NvtxLibraryTests : IDisposable
{
    private static readonly string[] s_names = ["libnvtx3interop.so.1", "libnvtx3interop.so", "libnvToolsExt.so.1", "libnvToolsExt.so"];

    private readonly TemporaryFolder _folder = new();
    private readonly string _torch;

    public NvtxLibraryTests() => _torch = _folder.Folder("site-packages/torch/lib");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_libtorch_the_systems_linker_is_asked() => Assert.Equal(s_names, NvtxLibrary.Candidates(null, null));

    [Fact]
    public void NVIDIAs_packages_come_first_then_libtorchs_folder_then_that_of_the_cuda_runtime()
    {
        var toolkit = File("toolkit/libnvtx3interop.so.1");
        var bundled = File("site-packages/torch/lib/libnvToolsExt-847d78f2.so.1");
        var shared = File("site-packages/nvidia/cu13/lib/libnvtx3interop.so.1");
        var own = File("site-packages/nvidia/nvtx/lib/libnvToolsExt.so.1");
        File("site-packages/nvidia/cu13/lib/libcudart.so.13");

        Assert.Equal([own, shared, bundled, .. s_names], NvtxLibrary.Candidates(_torch, null));
        Assert.Equal([toolkit, own, shared, bundled, .. s_names], NvtxLibrary.Candidates(_torch, _folder["toolkit/libcudart.so.13"]));
    }

    [Fact]
    public void Beside_a_cuda_toolkit_of_the_system_it_is_found_without_packages()
    {
        var toolkit = File("toolkit/libnvtx3interop.so.1");
        Assert.Equal([toolkit, .. s_names], NvtxLibrary.Candidates(_torch, _folder["toolkit/libcudart.so.13"]));
    }

    [Fact]
    public void What_does_not_load_and_what_lacks_the_functions_is_passed_over()
    {
        // Some library, under the name: the one that every process of this kind has loaded.
        var other = System.IO.File.ReadLines("/proc/self/maps").First(line => line.EndsWith("/libSystem.Native.so", StringComparison.Ordinal));
        System.IO.File.Copy(other[other.IndexOf('/', StringComparison.Ordinal)..], Path.Combine(_torch, "libnvToolsExt.so.1"));
        File("site-packages/torch/lib/libnvtx3interop.so.1");

        // What this machine has elsewhere is none of the test's business.
        Assert.NotEqual(_torch, Path.GetDirectoryName(NvtxLibrary.Find(_torch, null)?.Path));
    }

    [Fact]
    public void What_was_found_stays()
    {
        using var nvtx = new QuietNvtx();
        var found = NvtxLibrary.Current;
        NvtxLibrary.EnsureSearched();
        Assert.Same(found, NvtxLibrary.Current);
    }

    private string File(string name)
    {
        var path = _folder[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(path, "");
        return path;
    }
}

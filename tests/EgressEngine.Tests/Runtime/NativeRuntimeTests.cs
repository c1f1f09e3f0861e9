using Egress.Runtime;
using Egress.Tests.Probe;

namespace Egress.Tests.Runtime;

public sealed class NativeRuntimeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_module_s_libtorch_loads_from_its_folder_and_says_its_version()
    {
        var probe = new Probe();
        var report = probe.Run("load", "Torch");

        AssertLoaded(report.Results[0], TestPaths.Deps, LibtorchOrigin.Module);
        Assert.Equal("15", report.Results[1].Values[2]);
        Assert.Equal("", probe.Console);
        AssertMapped(report, "libtorch_cpu.so", TestPaths.Deps);
    }

    [Fact]
    public void All_threads_get_the_one_outcome_of_the_first_call()
    {
        var values = new Probe().Run("load from 16 threads").Results[0].Values;
        Assert.Equal(16, values.Length);
        Assert.Single(values.Distinct());
    }

    [Fact]
    public void The_environment_s_libtorch_is_used_where_it_is_named()
    {
        var folder = FolderCopy.LinkInto(_folder.Folder("torch/lib"), FolderCopy.Libtorch);
        var report = new Probe().With(LibtorchLocator.Variable, _folder["torch"]).Run("load", "Torch");

        AssertLoaded(report.Results[0], folder, LibtorchOrigin.Environment);
        Assert.Equal("15", report.Results[1].Values[2]);
    }

    [Theory]
    [InlineData(0, "file too short")]
    [InlineData(4096, "the file is cut off")]
    [InlineData(400_000_000, "the file is cut off")]
    [InlineData(null, "invalid ELF header")]
    public void A_broken_libtorch_gives_the_reason_and_every_place_and_leaves_no_trace(int? bytes, string reason)
    {
        var torch = FolderCopy.LinkInto(_folder.Folder("torch"), FolderCopy.Libtorch);
        FolderCopy.CutOff(torch, "libtorch_cpu.so", bytes ?? 0);
        if (bytes is null)
        {
            File.WriteAllText(Path.Combine(torch, "libtorch_cpu.so"), new string('x', 4096));
        }

        var deps = FolderCopy.LinkInto(_folder.Folder("deps"));
        var before = FolderCopy.Inventory(_folder.Path);

        var probe = new Probe().With(LibtorchLocator.Variable, torch).WithDeps(deps);
        var report = probe.Run("load", "load", "Torch");

        var error = AssertNotLoaded(report.Results[0], Path.Combine(torch, "libtorch_cpu.so"));
        Assert.Contains($"{torch}/libtorch_cpu.so: {reason}", error.Message, StringComparison.Ordinal);
        Assert.Contains(deps, error.Message, StringComparison.Ordinal);
        Assert.Contains(LibtorchLocator.Variable, error.Message, StringComparison.Ordinal);

        // The same again, and TorchSharp is kept from trying on its own.
        Assert.Equivalent(error, report.Results[1].Error);
        Assert.Contains(nameof(EgressException), report.Results[2].Error!.Types);

        Assert.Equal("", probe.Console);
        Assert.Equal(before, FolderCopy.Inventory(_folder.Path));
        Assert.DoesNotContain(report.MappedFiles, file => Path.GetFileName(file) == "TorchSharp.dll");
    }

    [Fact]
    public void A_libtorch_that_is_too_old_to_say_its_version_is_refused_before_the_binding_is_loaded()
    {
        var torch = _folder.Folder("torch");
        foreach (var name in (string[])["libc10.so", "libtorch_cpu.so"])
        {
            // A library that loads and has none of libtorch's functions that tell.
            File.Copy(Path.Combine(TestPaths.Deps, "libc10.so"), Path.Combine(torch, name));
        }

        var report = new Probe().With(LibtorchLocator.Variable, torch).Run("load");
        var error = AssertNotLoaded(report.Results[0], torch);
        Assert.Contains("2.10 or newer is needed", error.Message, StringComparison.Ordinal);
        Assert.Contains(LibtorchLocator.Variable, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(report.MappedFiles, file => file.Contains("LibTorchSharp", StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_folder_is_an_error_that_names_the_variable()
    {
        var report = new Probe().With(LibtorchLocator.Variable, _folder["nowhere"]).Run("load");
        var error = AssertNotLoaded(report.Results[0], _folder["nowhere"]);
        Assert.Contains(LibtorchLocator.Variable, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(report.MappedFiles, file => file.Contains("libtorch", StringComparison.Ordinal));
    }

    [Fact]
    public void The_current_folder_is_not_looked_at()
    {
        // The probe's current folder is empty, so this puts the bait where a search by name would look first.
        var bait = FolderCopy.LinkInto(_folder.Folder("bait"), FolderCopy.Libtorch);
        var report = new Probe().WithDeps(_folder.Folder("deps")).With("LD_LIBRARY_PATH", bait).Run("load");

        var error = AssertNotLoaded(report.Results[0], _folder["deps"]);
        Assert.Contains(_folder["deps"], error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(report.MappedFiles, file => file.StartsWith(bait, StringComparison.Ordinal));
    }

    [Fact]
    public void A_cut_off_picture_library_does_not_end_the_process()
    {
        var deps = FolderCopy.LinkInto(_folder.Folder("deps"));
        FolderCopy.CutOff(deps, "libvips.so.42", 4096);
        var error = new Probe().WithDeps(deps).Run("Vips").Results[0].Error;
        Assert.Contains(nameof(DllNotFoundException), error!.Types);
    }

    [Fact]
    public void A_missing_binding_is_named()
    {
        var torch = FolderCopy.LinkInto(_folder.Folder("torch"), FolderCopy.Libtorch);
        var report = new Probe().With(LibtorchLocator.Variable, torch).WithDeps(_folder.Folder("deps")).Run("load");
        AssertNotLoaded(report.Results[0], Path.Combine(_folder["deps"], "libLibTorchSharp.so"));
    }

    [Fact]
    public void A_libtorch_without_a_function_that_is_needed_is_refused_at_once()
    {
        // Bound when it is first called, such a function would end the process; so it has to come out here.
        const string Function = "_ZN2at15get_num_threadsEv";
        var deps = FolderCopy.LinkInto(_folder.Folder("deps"));
        FolderCopy.CopyRenamed("libLibTorchSharp.so", Path.Combine(deps, "libLibTorchSharp.so"), (Function, Function[..^1] + "?"));

        var report = new Probe().WithDeps(deps).Run("load");
        var error = AssertNotLoaded(report.Results[0], Path.Combine(deps, "libLibTorchSharp.so"));
        Assert.Contains($"undefined symbol: {Function[..^1]}?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cuda_part_that_does_not_load_leaves_a_working_cpu()
    {
        // As in a build with CUDA, libtorch.so asks for a library that does not load.
        var torch = FolderCopy.LinkInto(_folder.Folder("torch"), FolderCopy.Libtorch);
        File.WriteAllText(Path.Combine(torch, "libc10_cuda.so"), "");
        File.WriteAllText(Path.Combine(torch, "libtorch_cuda.so"), "");
        FolderCopy.CopyRenamed("libtorch.so", Path.Combine(torch, "libtorch.so"), ("libtorch_cpu.so", "libtorch_gpu.so"));

        var probe = new Probe().With(LibtorchLocator.Variable, torch);
        var report = probe.Run("load", "Torch", "TorchCuda");

        AssertLoaded(report.Results[0], torch, LibtorchOrigin.Environment, "libc10_cuda.so: file too short");
        Assert.Equal("15", report.Results[1].Values[2]);
        Assert.Equal("False", report.Results[2].Values[2]);
        Assert.Equal("", probe.Console);
    }

    [Fact]
    public void The_cuda_runtime_of_a_python_installation_is_found_in_its_package()
    {
        // As in a Python installation: the CUDA part asks for a runtime that lies in no folder it knows, but in a package beside
        // PyTorch's. A small library stands for each of them.
        var torch = FolderCopy.LinkInto(_folder.Folder("site-packages/torch/lib"), FolderCopy.Libtorch);
        var package = _folder.Folder("site-packages/nvidia/cuda_runtime/lib");
        const string Small = "libtorch_global_deps.so";
        FolderCopy.CopyRenamed(Small, Path.Combine(torch, "libc10_cuda.so"), (Small, "libc10_cuda.so"));
        FolderCopy.CopyRenamed(
            Small, Path.Combine(torch, "libtorch_cuda.so"), (Small, "libtorch_cuda.so"), ("libpthread.so.0", "libcudart.so.12"));
        FolderCopy.CopyRenamed(Small, Path.Combine(package, "libcudart.so.12"), (Small, "libcudart.so.12"));

        var report = new Probe().With(LibtorchLocator.Variable, torch).Run("load", "Torch");

        Assert.Null(report.Results[0].Error);
        Assert.Equal(
            [torch, nameof(LibtorchOrigin.Environment), "2.10.0", "True", "", Path.Combine(package, "libcudart.so.12")],
            report.Results[0].Values);
        Assert.Equal("15", report.Results[1].Values[2]);
    }

    [Fact]
    public void Asking_for_cuda_does_not_mix_in_another_libtorch()
    {
        // A session set up for another libtorch: the linker would find its CUDA part by name.
        var other = _folder.Folder("other");
        File.CreateSymbolicLink(Path.Combine(other, "libtorch_cuda.so"), Path.Combine(TestPaths.Deps, "libvips.so.42"));
        var deps = FolderCopy.LinkInto(_folder.Folder("deps"));
        var before = FolderCopy.Inventory(_folder.Path);

        var probe = new Probe().WithDeps(deps).With("LD_LIBRARY_PATH", other);
        var report = probe.Run("load", "TorchCuda", "Torch");

        Assert.Equal("False", report.Results[1].Values[2]);
        Assert.Equal("15", report.Results[2].Values[2]);
        Assert.DoesNotContain(report.MappedFiles, file => file.Contains("vips", StringComparison.Ordinal));
        Assert.Equal("", probe.Console);
        Assert.Equal(before, FolderCopy.Inventory(_folder.Path));
    }

    private static void AssertLoaded(ProbeResult result, string folder, LibtorchOrigin origin, string cudaError = "")
    {
        Assert.Null(result.Error);
        Assert.Equal([folder, $"{origin}", "2.10.0", "False"], result.Values[..4]);
        Assert.EndsWith(cudaError, result.Values[4], StringComparison.Ordinal);
        Assert.Equal(cudaError == "", result.Values[4] == "");
        Assert.Equal("", result.Values[5]);
    }

    private static ProbeError AssertNotLoaded(ProbeResult result, string target)
    {
        Assert.NotNull(result.Error);
        Assert.Equal(EgressErrorId.RuntimeNotLoaded, result.Error.ErrorId);
        Assert.Equal(nameof(EgressErrorCategory.NotInstalled), result.Error.Category);
        Assert.Equal(target, result.Error.Target);
        Assert.Contains(LibtorchLocator.Variable, result.Error.Advice!, StringComparison.Ordinal);
        return result.Error;
    }

    private static void AssertMapped(ProbeReport report, string library, string folder)
    {
        var mapped = Assert.Single(report.MappedFiles, file => Path.GetFileName(file) == library);
        Assert.Equal(Path.Combine(folder, library), mapped);
    }
}

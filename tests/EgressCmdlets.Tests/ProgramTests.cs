using System.IO.Compression;
using System.Management.Automation;

namespace Egress.Cmdlets.Tests;

/// <summary>Whole programs through <c>-Model</c>: what is asked, and what is refused before anything of them runs.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly ModuleSession _session = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Native_code_does_not_run_where_nobody_can_be_asked()
    {
        var package = Package("cpu");

        foreach (var command in new[] { "Invoke-SegmentationBatch -Synthetic 1", "Measure-EgressThroughput -Steps 1" })
        {
            var error = Error($"{command} -Model '{package}' -Device cpu -BatchSize 1 -ImageSize 16");

            Assert.Equal("NativeCodeNotAllowed", error.FullyQualifiedErrorId.Split(',')[0]);
            Assert.Equal(ErrorCategory.PermissionDenied, error.CategoryInfo.Category);
            Assert.Contains("-AllowNativeCode", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("-AllowNativeCode")]
    [InlineData("-Force")]
    public void Leave_given_beforehand_is_enough(string leave)
    {
        // What this package has is no library, and libtorch says so: it was asked to load it.
        var error = Error($"Invoke-SegmentationBatch -Synthetic 1 -Model '{Package("cpu")}' -Device cpu -BatchSize 1 -ImageSize 16 {leave}");

        Assert.Equal("ModelFileInvalid", error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains("libtorch does not load it", error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_package_for_a_gpu_is_refused_on_the_processor()
    {
        var error = Error($"Invoke-SegmentationBatch -Synthetic 1 -Model '{Package("cuda")}' -Device cpu -BatchSize 1 -ImageSize 16 -AllowNativeCode");

        Assert.Equal("ModelDeviceMismatch", error.FullyQualifiedErrorId.Split(',')[0]);
    }

    [Theory]
    [InlineData("unet", "ModelUnknown")]
    [InlineData("./unet.pt", "PathNotFound")]
    [InlineData("unet.pt2", "PathNotFound")]
    public void A_name_is_a_network_and_what_looks_like_a_path_is_one(string model, string id) =>
        Assert.Equal(id, Error($"Invoke-SegmentationBatch -Synthetic 1 -Model '{model}' -Device cpu").FullyQualifiedErrorId.Split(',')[0]);

    [Fact]
    public void Options_that_mean_nothing_together_are_refused()
    {
        File.WriteAllText(_folder["w.safetensors"], "");
        Assert.Equal("OptionInvalid", Error(
            $"Invoke-SegmentationBatch -Synthetic 1 -Model '{Package("cpu")}' -Weights '{_folder["w.safetensors"]}' -Device cpu").FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal("OptionInvalid", Error(
            "Invoke-SegmentationBatch -Synthetic 1 -OutputName out -Device cpu").FullyQualifiedErrorId.Split(',')[0]);
    }

    [Fact]
    public void On_the_simulated_device_no_program_is_needed_to_run() =>
        Assert.Single(_session.Invoke(
            $"Invoke-SegmentationBatch -Synthetic 1 -Model '{Package("cuda")}' -Device 'simulated:compute=0.2,copy=0.1' -ImageSize 32 -BatchSize 1 -AllowNativeCode").Get<string>("Path"));

    private ErrorRecord Error(string command)
    {
        var result = _session.Invoke(command);
        return result.Terminating ?? Assert.Single(result.Errors);
    }

    /// <summary>A compiled package with something else in place of its native code.</summary>
    private string Package(string device)
    {
        var path = _folder[$"{device}.pt2"];
        if (!File.Exists(path))
        {
            using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
            using (var library = archive.CreateEntry("m/data/aotinductor/model/c.wrapper.so", CompressionLevel.NoCompression).Open())
            {
                library.Write("no library"u8);
            }

            using var writer = new StreamWriter(archive.CreateEntry("m/data/aotinductor/model/c.wrapper_metadata.json", CompressionLevel.NoCompression).Open());
            writer.Write($$"""{"AOTI_DEVICE_KEY": "{{device}}"}""");
        }

        return path;
    }
}

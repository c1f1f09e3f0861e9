using System.Management.Automation;

namespace Egress.Cmdlets.Tests;

/// <summary>Every mistake that a user can make: its id, category, target and advice, and that the others go on.</summary>
public sealed class ErrorTests : IDisposable
{
    private const string Quick = "-Device 'simulated:compute=0.2,copy=0.1,processing=0' -ImageSize 32";
    private readonly ModuleSession _session = new();
    private readonly TemporaryFolder _folder = new();

    private static string Picture(string name) => Path.Combine(ModuleSession.Root, "samples", "pictures", name);

    [Fact]
    public void A_missing_file_fails_alone()
    {
        var missing = _folder["missing.jpg"];
        var result = _session.InvokeWithInput(
            $"$input | Invoke-SegmentationBatch {Quick} -OutputFormat None", new[] { Picture("cat.png"), missing, Picture("wine.jpg") });

        Assert.Equal([Picture("cat.png"), Picture("wine.jpg")], result.Get<string>("Path"));
        AssertError(Assert.Single(result.Errors), "PathNotFound", ErrorCategory.ObjectNotFound, missing);
        Assert.Null(result.Terminating);
    }

    [Fact]
    public void A_wildcard_without_a_match_is_an_error() =>
        AssertError(
            Assert.Single(_session.Invoke($"Invoke-SegmentationBatch '{_folder.Path}/*.jpg' {Quick} -OutputFormat None").Errors),
            "PathNotFound", ErrorCategory.ObjectNotFound, $"{_folder.Path}/*.jpg");

    [Fact]
    public void A_folder_is_no_picture() =>
        AssertError(
            Assert.Single(_session.Invoke($"Invoke-SegmentationBatch '{_folder.Path}' {Quick} -OutputFormat None").Errors),
            "PathNotAFile", ErrorCategory.InvalidArgument, _folder.Path);

    [Fact]
    public void Files_that_are_no_pictures_and_broken_ones_fail_alone()
    {
        var text = _folder["text.jpg"];
        var truncated = _folder["truncated.jpg"];
        File.WriteAllText(text, "this is no picture");
        var whole = File.ReadAllBytes(Picture("wine.jpg"));
        File.WriteAllBytes(truncated, whole[..(whole.Length / 2)]);

        var result = _session.InvokeWithInput(
            $"$input | Invoke-SegmentationBatch {Quick} -Destination '{_folder["out"]}' -BatchSize 2",
            new[] { Picture("cat.png"), text, truncated, Picture("nuthatch.jpg") });

        Assert.Equal([Picture("cat.png"), Picture("nuthatch.jpg")], result.Get<string>("Path"));
        Assert.Equal(2, result.Errors.Count);
        AssertError(result.Errors[0], "PictureFormatUnknown", ErrorCategory.InvalidData, text);
        AssertError(result.Errors[1], "PictureDamaged", ErrorCategory.InvalidData, truncated);
        Assert.Equal(["out/cat.png", "out/nuthatch.png"], _folder.Files().Where(file => file.StartsWith("out", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_picture_of_too_many_pixels_is_refused() =>
        AssertError(
            Assert.Single(_session.Invoke($"Invoke-SegmentationBatch '{Picture("wine.jpg")}' {Quick} -OutputFormat None -MaxPixels 1000").Errors),
            "PictureTooLarge", ErrorCategory.InvalidData, Picture("wine.jpg"));

    [Fact]
    public void Outputs_need_a_destination() =>
        AssertError(
            _session.Invoke($"Invoke-SegmentationBatch '{Picture("cat.png")}' {Quick}").Terminating,
            "DestinationRequired", ErrorCategory.InvalidArgument, null);

    [Fact]
    public void A_destination_that_takes_no_files_ends_the_command()
    {
        File.WriteAllText(_folder["file"], "");
        AssertError(
            _session.Invoke($"Invoke-SegmentationBatch '{Picture("cat.png")}' {Quick} -Destination '{_folder["file"]}'").Terminating,
            "DestinationNotWritable", ErrorCategory.WriteError, _folder["file"]);
        AssertError(
            _session.Invoke($"Invoke-SegmentationBatch '{Picture("cat.png")}' {Quick} -Destination /proc/egress").Terminating,
            "DestinationNotWritable", null, "/proc/egress");
    }

    [Fact]
    public void Inputs_of_one_name_do_not_overwrite_each_other()
    {
        Directory.CreateDirectory(_folder["a"]);
        Directory.CreateDirectory(_folder["b"]);
        File.Copy(Picture("cat.png"), _folder["a/same.png"]);
        File.Copy(Picture("wine.jpg"), _folder["b/same.jpg"]);
        var result = _session.InvokeWithInput(
            $"$input | Invoke-SegmentationBatch {Quick} -Destination '{_folder["out"]}'", new[] { _folder["a/same.png"], _folder["b/same.jpg"] });
        Assert.Equal(_folder["a/same.png"], Assert.Single(result.Get<string>("Path")));
        AssertError(Assert.Single(result.Errors), "OutputNameCollision", ErrorCategory.InvalidArgument, _folder["b/same.jpg"]);
    }

    [Fact]
    public void An_output_never_replaces_its_input()
    {
        File.Copy(Picture("cat.png"), _folder["cat.png"]);
        var before = File.ReadAllBytes(_folder["cat.png"]);
        var result = _session.Invoke($"Invoke-SegmentationBatch '{_folder["cat.png"]}' {Quick} -Destination '{_folder.Path}' -Force");
        AssertError(Assert.Single(result.Errors), "OutputReplacesInput", ErrorCategory.InvalidArgument, _folder["cat.png"]);
        Assert.Equal(before, File.ReadAllBytes(_folder["cat.png"]));
    }

    [Fact]
    public void Logits_are_not_written_as_png() =>
        AssertError(
            _session.Invoke($"Invoke-SegmentationBatch -Synthetic 1 {Quick} -OutputKind Logits -OutputFormat Png -Destination '{_folder.Path}'").Terminating,
            "OutputFormatUnsupported", ErrorCategory.InvalidArgument, null);

    [Fact]
    public void A_pool_too_small_for_the_batch_is_refused() =>
        AssertError(
            _session.Invoke($"Invoke-SegmentationBatch -Synthetic 1 {Quick} -BatchSize 8 -OutputKind Logits -BufferPool (New-PinnedBufferPool 2 -BufferSize 1000)").Terminating,
            "BufferPoolTooSmall", ErrorCategory.InvalidArgument, null);

    [Fact]
    public void A_removed_pool_is_refused() =>
        AssertError(
            _session.Invoke($"$p = New-PinnedBufferPool 2 -BufferSize 100000; Remove-PinnedBufferPool $p; Invoke-SegmentationBatch -Synthetic 1 {Quick} -BufferPool $p").Terminating,
            "BufferPoolUnavailable", ErrorCategory.ResourceUnavailable, null);

    [Fact]
    public void More_host_memory_than_there_is_is_refused_before_it_is_taken() =>
        AssertError(
            _session.Invoke("New-PinnedBufferPool -Count 64 -BufferSize 1TB").Terminating,
            "HostMemoryExhausted", ErrorCategory.ResourceUnavailable, null);

    [Fact]
    public void A_gpu_that_is_not_there_is_named() =>
        AssertError(
            _session.Invoke("Invoke-SegmentationBatch -Synthetic 1 -Device cuda:63").Terminating,
            "DeviceNotFound", ErrorCategory.ResourceUnavailable, "cuda:63");

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:x")]
    [InlineData("simulated:compute=fast")]
    [InlineData("simulated:speed=1")]
    public void A_device_name_that_makes_no_sense_is_refused(string name) =>
        AssertError(
            _session.Invoke($"Invoke-SegmentationBatch -Synthetic 1 -Device '{name}'").Terminating,
            "DeviceSpecInvalid", ErrorCategory.InvalidArgument, name);

    [Theory]
    [InlineData("Invoke-SegmentationBatch -Synthetic 1 -Device simulated -LogPath $args[1] -Verbose -Destination", "postgresq://ada:s3cret@h/db")]
    [InlineData("Invoke-SegmentationBatch -Synthetic 1 -Device simulated -LogPath $args[1] -Verbose -Destination", "Database=x;Username=ada;Password=s3cret")]
    [InlineData("Invoke-EmbeddingBatch -Synthetic 1 -Device simulated -LogPath $args[1] -Verbose -Destination", "postgresq://ada:s3cret@h/db")]
    [InlineData("Invoke-EmbeddingBatch -Synthetic 1 -Device simulated -LogPath $args[1] -Verbose -Destination", "ada:s3cret@h/db")]
    [InlineData("Find-EgressVector -Vector 1 -Destination", "postgresql:/ada:s3cret@h/db")]
    [InlineData("Test-EgressOutput -Destination", "postgresq://ada:s3cret@h/db")]
    public void A_password_in_an_address_that_is_none_is_in_no_error_no_log_and_no_name(string command, string destination)
    {
        var log = _folder["run.log"];
        var result = _session.Invoke($"$null = $ExecutionContext.SessionState.Path.SetLocation('{_folder.Path}'); {command} $args[0]", destination, log);
        var error = result.Terminating ?? Assert.Single(result.Errors);
        AssertError(error, "DestinationInvalid", ErrorCategory.InvalidArgument, null);
        var written = File.Exists(log) ? File.ReadAllText(log) : "";
        foreach (var text in new[] { $"{error}", $"{error.Exception}", $"{error.TargetObject}", error.ErrorDetails.RecommendedAction, string.Concat(result.Verbose), written })
        {
            Assert.DoesNotContain("s3cret", text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("s3cret", string.Concat(_folder.Files()), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_strategy_is_refused_with_the_known_ones()
    {
        var error = _session.Invoke($"Invoke-SegmentationBatch -Synthetic 1 {Quick} -Strategy Fastest").Terminating;
        AssertError(error, "OptionInvalid", ErrorCategory.InvalidArgument, "Fastest");
        Assert.Contains("Pipelined", error!.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_that_cannot_run_is_an_error_and_the_others_are_measured()
    {
        var result = _session.Invoke(
            "Measure-EgressThroughput -Device cuda:63, 'simulated:compute=1,copy=1,processing=1' -BatchSize 2 -ImageSize 32 -Steps 5 -WarmupSteps 1 -NoLimit");
        AssertError(Assert.Single(result.Errors), "DeviceNotFound", ErrorCategory.ResourceUnavailable, null);
        Assert.Equal(["Failed", "Measured"], result.Get<string>("Status"));
        Assert.Equal("DeviceNotFound", result.Output[0].Properties["ErrorId"].Value);
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    private static void AssertError(ErrorRecord? error, string id, ErrorCategory? category, object? target)
    {
        Assert.NotNull(error);
        Assert.StartsWith(id + ",Egress.Cmdlets.", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        if (category is { } expected)
        {
            Assert.Equal(expected, error.CategoryInfo.Category);
        }

        Assert.NotNull(error.TargetObject);
        if (target is not null)
        {
            Assert.Equal(target, error.TargetObject is PSObject wrapped ? wrapped.BaseObject : error.TargetObject);
        }

        Assert.False(string.IsNullOrWhiteSpace(error.ErrorDetails.RecommendedAction));
        Assert.False(string.IsNullOrWhiteSpace(error.ErrorDetails.Message));
    }
}

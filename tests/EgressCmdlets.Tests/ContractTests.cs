using System.Management.Automation;

namespace Egress.Cmdlets.Tests;

/// <summary>What scripts depend on: commands, parameters, their aliases and completions, and the names of types.</summary>
public sealed class ContractTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public static TheoryData<string, string[]> Parameters => new()
    {
        {
            "Invoke-SegmentationBatch",
            ["AllowNativeCode", "BatchSize", "BufferCount", "BufferPool", "ClassCount", "ClassNames", "Confirm", "Destination", "Device", "Force",
                "ImageSize", "LiteralPath", "LoaderCount", "MaxPixels", "Model", "OutputFormat", "OutputKind", "OutputName", "OutputSize", "Overlay",
                "OverlayFormat", "OverlayOpacity", "Path", "Precision", "Resume", "Seed", "StallTimeout", "Strategy", "Synthetic", "TileOverlap", "TileSize", "TracePath", "Weights", "WhatIf",
                "WorkerCount", "LogPath", "ShardCount", "ShardIndex", "SummaryVariable"]
        },
        {
            "Invoke-EmbeddingBatch",
            ["AllowNativeCode", "BatchSize", "BufferCount", "BufferPool", "Confirm", "Credential", "Destination", "Device", "Force", "Format", "Id",
                "IdColumn", "ImageSize", "InputObject", "LiteralPath", "LoaderCount", "LogPath", "MaxLength", "MaxPixels", "Model", "ModelPrecision", "Normalize",
                "OutputName", "PassThru", "Path", "Pooling", "Precision", "Resume", "Seed", "SequencePath", "ShardCount", "ShardIndex", "StallTimeout",
                "StoreText", "Strategy", "SummaryVariable", "Synthetic", "Table", "Text", "TextColumn", "Tokenizer", "TracePath", "Weights", "WhatIf",
                "Window", "WorkerCount"]
        },
        {
            "Find-EgressVector",
            ["AllowNativeCode", "Credential", "Destination", "Device", "Id", "Metric", "Model", "Table", "Text", "Tokenizer", "Top", "Vector", "Weights"]
        },
        {
            "Measure-EgressThroughput",
            ["AllowNativeCode", "BatchSize", "BufferCount", "BufferPool", "CacheInput", "ClassCount", "CooldownSteps", "Device", "Force",
                "ImageSize", "InputObject", "LoaderCount", "MaximumRepeat", "Model", "NoLimit", "OutputKind", "OutputName", "Path", "PlotPath", "Pooling", "Precision",
                "Repeat", "ReportPath", "Resume", "Seed", "SequenceLength", "Steps", "Strategy", "TimelineSteps", "Tolerance", "UntilStable", "WarmupSteps",
                "Weights", "WorkerCount", "Workload"]
        },
        { "Compare-EgressThroughput", ["Difference", "FailOn", "IgnoreProperty", "Reference", "Threshold"] },
        {
            "Optimize-EgressPipeline",
            ["AllowNativeCode", "BatchSize", "BufferCount", "ClassCount", "Device", "ImageSize", "LoaderCount", "MaximumDeviceMemory",
                "MaximumHostMemory", "MaximumMinutes", "MaximumRuns", "Model", "OutputKind", "Path", "Precision", "Repeat", "Steps", "Strategy",
                "WarmupSteps", "WorkerCount"]
        },
        { "New-PinnedBufferPool", ["BatchSize", "BufferSize", "ClassCount", "Count", "ImageSize", "OutputKind", "Pageable", "Precision"] },
        { "Remove-PinnedBufferPool", ["BufferPool", "Confirm", "WhatIf"] },
        { "Test-EgressOutput", ["Destination", "Quiet", "SkipContent"] },
        { "Get-EgressDevice", ["Name"] },
        { "Export-EgressReport", ["Confirm", "InputObject", "PassThru", "Path", "PlotPath", "Title", "WhatIf"] },
    };

    [Fact]
    public void The_module_exports_its_commands_and_nothing_else() =>
        Assert.Equal(
            ["Compare-EgressThroughput", "Export-EgressReport", "Find-EgressVector", "Get-EgressDevice", "Invoke-EmbeddingBatch", "Invoke-SegmentationBatch",
                "Measure-EgressThroughput", "New-PinnedBufferPool", "Optimize-EgressPipeline", "Remove-PinnedBufferPool", "Test-EgressOutput"],
            _session.Invoke("(Get-Module Egress).ExportedCommands.Keys").Output.Select(name => name.ToString()).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Parameters))]
    public void A_command_has_exactly_its_parameters(string command, string[] parameters) =>
        Assert.Equal(
            parameters.Order(StringComparer.Ordinal),
            _session.Invoke("param($c) (Get-Command $c).Parameters.Keys", command).Output.Select(name => name.ToString())
                .Where(name => !Cmdlet.CommonParameters.Contains(name)).Order(StringComparer.Ordinal));

    [Fact]
    public void Literal_path_takes_the_names_that_files_are_piped_under() =>
        Assert.Equal(
            ["LP", "PSPath"],
            _session.Invoke("(Get-Command Invoke-SegmentationBatch).Parameters['LiteralPath'].Aliases").Output.Select(name => name.ToString()).Order());

    [Theory]
    [InlineData("Invoke-SegmentationBatch -Strategy ", "Baseline,MultiWorker,BufferPool,AsyncCopy,Pipelined")]
    [InlineData("Invoke-SegmentationBatch -Strategy p", "Pipelined")]
    [InlineData("Invoke-SegmentationBatch -Model deep", "deeplabv3_resnet50,deeplabv3_resnet101,deeplabv3_mobilenet_v3_large")]
    [InlineData("Measure-EgressThroughput -Device c", "cpu")]
    [InlineData("Invoke-SegmentationBatch -OutputKind L", "Labels,Logits")]
    [InlineData("Measure-EgressThroughput -Precision B", "BFloat16")]
    [InlineData("Measure-EgressThroughput -Workload ", "Embedding,Segmentation")]
    [InlineData("Invoke-EmbeddingBatch -Model bert_", "bert_base,bert_mini,bert_tiny")]
    [InlineData("Measure-EgressThroughput -Workload Embedding -Model ", "bert_base,bert_mini,bert_tiny")]
    [InlineData("Measure-EgressThroughput -Workload Segmentation -Model point", "pointwise")]
    [InlineData("Find-EgressVector -Device ", "cpu")]
    [InlineData("Invoke-EmbeddingBatch -Pooling ", "Cls,Last,Mean,None")]
    [InlineData("Invoke-EmbeddingBatch -Format P", "Parquet,PostgreSql")]
    [InlineData("Find-EgressVector -Metric ", "Cosine,InnerProduct,L2")]
    public void Arguments_complete(string line, string expected)
    {
        using var shell = _session.Create("", []);
        var matches = CommandCompletion.CompleteInput(line, line.Length, null, shell).CompletionMatches.Select(match => match.CompletionText).ToList();

        // A machine with GPUs offers those as well.
        Assert.Equal(expected.Split(','), matches.Where(text => !text.StartsWith("cuda", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Egress.Pipeline.EgressStrategy")]
    [InlineData("Egress.Buffers.HostBufferPool")]
    [InlineData("Egress.Segmentation.SegmentationResult")]
    [InlineData("Egress.Measurement.ThroughputResult")]
    [InlineData("Egress.Embedding.EmbeddingBatchResult")]
    [InlineData("Egress.Vectors.VectorMatch")]
    [InlineData("Egress.Models.VectorPooling")]
    [InlineData("Egress.Models.OutputKind")]
    [InlineData("Egress.EgressException")]
    [InlineData("Egress.EgressExitCode")]
    [InlineData("Egress.Operations.RunSummary")]
    public void Scripts_can_name_the_engines_types(string type) =>
        Assert.Equal(type, Assert.Single(_session.Invoke($"[{type}].FullName").Throw().Output).ToString());

    [Fact]
    public void Get_egress_device_tells_where_nvtx_comes_from_or_that_it_is_not_there()
    {
        var result = _session.Invoke("Get-EgressDevice cpu, cuda* | ForEach-Object { $_.PSObject.Properties['NvtxPath'].Value }").Throw();
        Assert.NotEmpty(result.Output);
        Assert.All(result.Output, path => Assert.True(path is null || File.Exists(path.ToString()), $"{path}"));
        Assert.Single(result.Output.Select(path => path?.ToString()).Distinct());
    }

    [Fact]
    public void Get_egress_device_names_each_that_is_not_here_and_goes_on()
    {
        var result = _session.Invoke("Get-EgressDevice nosuch, cuda:63, simulated:compute=1, CPU, nosuch*, c*");

        Assert.Null(result.Terminating);
        Assert.Equal(["nosuch", "cuda:63"], result.Errors.Select(error => error.TargetObject));
        Assert.All(result.Errors, error => Assert.Equal("DeviceNotFound,Egress.Cmdlets.Commands.GetEgressDeviceCommand", error.FullyQualifiedErrorId));
        Assert.All(result.Errors, error => Assert.Contains("simulated", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal));

        // Each once, however often it is named.
        Assert.Equal(["simulated", "cpu"], result.Get<string>("Name").Take(2));
        Assert.Single(result.Get<string>("Name"), "cpu");
    }

    [Fact]
    public void Importing_loads_no_third_party_assembly_and_no_native_library()
    {
        // In a process of its own, as another test of this one may have loaded them.
        var output = ChildShell.Run(
            $"Import-Module '{ModuleSession.Manifest}'; "
            + "[System.AppDomain]::CurrentDomain.GetAssemblies() | ForEach-Object { $_.GetName().Name }; "
            + "[System.IO.File]::ReadAllText('/proc/self/maps')");
        Assert.Contains("EgressCmdlets", output, StringComparison.Ordinal);
        foreach (var name in (string[])["TorchSharp", "NetVips", "SkiaSharp", "ScottPlot", "DuckDB", "Npgsql", "libtorch", "libvips", "EgressBackend"])
        {
            Assert.DoesNotContain(name, output, StringComparison.OrdinalIgnoreCase);
        }
    }

    public void Dispose() => _session.Dispose();
}

using System.Management.Automation;
using System.Text.Json;

namespace Egress.Cmdlets.Tests;

/// <summary>Invoke-SegmentationBatch as operators watch and divide it: log, summary, shards.</summary>
public sealed class OperationsTests : IDisposable
{
    private const string Quick = "simulated:compute=0.2,copy=0.1,processing=0";
    private const string Run = $"Invoke-SegmentationBatch -Device '{Quick}' -ImageSize 32";
    private readonly ModuleSession _session = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_run_leaves_its_summary_in_a_variable_and_on_the_information_stream_and_one_object_a_picture()
    {
        var result = _session.Invoke(
            $$"""
            $images = {{Run}} -Synthetic 10 -SummaryVariable summary -InformationVariable information
            $images.Count
            $summary.Written, $summary.Processed, $summary.Outcome, $summary.ExitCode, $summary.IsHealthy, $summary.Model
            [object]::ReferenceEquals($information.Where{ $_.Tags -contains 'EgressRunSummary' }[0].MessageData, $summary)
            """).Throw();
        Assert.Equal(
            ["10", "0", "10", "Succeeded", "0", "True", "deeplabv3_resnet50", "True"], result.Output.Select(item => item.ToString()));
    }

    [Fact]
    public void A_run_of_nothing_has_a_summary_too()
    {
        var result = _session.Invoke($"@() | {Run} -OutputFormat None -SummaryVariable summary; $summary.Images, $summary.ExitCode").Throw();
        Assert.Equal(["0", "0"], result.Output.Select(item => item.ToString()));
    }

    [Fact]
    public void The_log_tells_the_run_line_by_line_and_the_next_run_goes_on_in_it()
    {
        var log = _folder["run.log"];
        _session.Invoke($"{Run} -Synthetic 3 -Destination '{_folder["out"]}' -LogPath '{log}'").Throw();
        Assert.Equal(
            ["run.started", "run.ready", "image.written", "image.written", "image.written", "run.ended"], Events(log));

        _session.Invoke($"{Run} -Synthetic 3 -Destination '{_folder["out"]}' -LogPath '{log}'").Throw();
        Assert.Equal(
            ["run.started", "run.ready", "image.skipped", "image.skipped", "image.skipped", "run.ended"], Events(log).Skip(6));
    }

    [Fact]
    public void Bad_pictures_are_counted_by_their_error_and_give_the_code_of_bad_data()
    {
        var log = _folder["run.log"];
        var result = _session.Invoke(
            $$"""
            '{{_folder["missing.jpg"]}}', '{{Path.Combine(ModuleSession.Root, "samples", "pictures", "cat.png")}}', '{{_folder["gone.jpg"]}}' |
                {{Run}} -OutputFormat None -SummaryVariable summary -LogPath '{{log}}' -ErrorAction SilentlyContinue | Out-Null
            $summary.Outcome, $summary.ExitCode, $summary.Failed, $summary.Processed, $summary.Errors['PathNotFound'], $summary.IsHealthy
            """);
        Assert.Equal(["SucceededWithErrors", "65", "2", "1", "2", "False"], result.Output.Select(item => item.ToString()));
        Assert.Equal(2, Events(log).Count(name => name == "image.failed"));
    }

    [Theory]
    [InlineData("-Device nonsense", "DeviceSpecInvalid", 64)]
    [InlineData("-OutputFormat Png -Destination /dev/null/masks", "DestinationNotWritable", 74)]
    [InlineData("-ShardIndex 4 -ShardCount 4", "ShardInvalid", 64)]
    public void A_fault_ends_with_its_summary_and_its_exit_code(string parameters, string errorId, int code)
    {
        var log = _folder["run.log"];
        var device = parameters.StartsWith("-Device", StringComparison.Ordinal) ? "" : $"-Device '{Quick}'";
        var result = _session.Invoke(
            $$"""
            try { Invoke-SegmentationBatch -Synthetic 3 -ImageSize 32 {{device}} {{parameters}} -SummaryVariable summary -LogPath '{{log}}' }
            catch { $_.FullyQualifiedErrorId.Split(',')[0] }
            $summary.Outcome, $summary.FaultId, $summary.ExitCode
            """);
        Assert.Equal(errorId, result.Output[0].ToString());
        Assert.Equal(("Faulted", errorId), (result.Output[1].ToString(), result.Output[2].ToString()));
        Assert.Equal(code, Assert.IsType<int>(result.Output[3].BaseObject));
        Assert.Equal(["run.started", "run.faulted", "run.ended"], Events(log));
    }

    [Fact]
    public void A_log_that_cannot_be_written_is_refused_before_anything_runs()
    {
        var result = _session.Invoke($"{Run} -Synthetic 3 -Destination '{_folder["out"]}' -LogPath '{_folder["no/such/folder.log"]}'");
        Assert.Equal("LogNotWritable", result.Terminating!.FullyQualifiedErrorId.Split(',')[0]);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Fact]
    public void A_log_that_breaks_off_is_a_warning_and_no_error()
    {
        var result = _session.Invoke($"{Run} -Synthetic 3 -LogPath /dev/full -WarningVariable w 3>$null | Out-Null; $w.Count; $w[0].Message").Throw();
        Assert.Equal("1", result.Output[0].ToString());
        Assert.Contains("/dev/full", result.Output[1].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_if_leaves_no_log_and_no_summary()
    {
        var log = _folder["run.log"];
        var result = _session.Invoke($"{Run} -Synthetic 3 -Destination '{_folder["out"]}' -LogPath '{log}' -SummaryVariable s -WhatIf; $null -eq $s").Throw();
        Assert.Equal("True", Assert.Single(result.Output).ToString());
        Assert.False(File.Exists(log));
    }

    [Fact]
    public void A_run_that_is_stopped_tells_so_in_log_and_variable_and_counts_all_that_it_committed()
    {
        var log = _folder["run.log"];
        using var shell = _session.Create(
            "Invoke-SegmentationBatch -Synthetic 1000000 -Device 'simulated:compute=2,copy=1,processing=1' -BatchSize 2 -ImageSize 32 "
            + $"-Destination '{_folder["out"]}' -LogPath '{log}' -SummaryVariable global:summary", []);
        var output = new PSDataCollection<PSObject>();
        var running = shell.BeginInvoke<PSObject, PSObject>(null, output);
        while (output.Count < 4)
        {
            Thread.Sleep(5);
        }

        shell.Stop();
        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));

        Assert.Equal("run.ended", Events(log)[^1]);
        var written = Directory.EnumerateFiles(_folder["out"], "*.png").Count();
        var last = JsonDocument.Parse(File.ReadLines(log).Last()).RootElement;
        Assert.Equal(("Stopped", 130, written), (last.GetProperty("outcome").GetString(), last.GetProperty("exitCode").GetInt32(), last.GetProperty("written").GetInt32()));
        Assert.Equal(["Stopped"], _session.Invoke("$global:summary.Outcome").Throw().Output.Select(item => item.ToString()));
    }

    [Fact]
    public void Shards_divide_the_pictures_whatever_the_order_and_together_they_are_the_whole()
    {
        var pictures = Directory.GetFiles(Path.Combine(ModuleSession.Root, "samples", "pictures")).Where(file => !file.EndsWith(".md", StringComparison.Ordinal)).Order().ToList();
        string Command(int shard) => $"$input | {Run} -OutputFormat None -ShardIndex {shard} -ShardCount 3 -SummaryVariable global:s";
        var all = new List<string>();
        for (var shard = 0; shard < 3; shard++)
        {
            var forward = _session.InvokeWithInput(Command(shard), pictures).Throw().Get<string>("Path");
            Assert.Equal([(pictures.Count - forward.Count).ToString(null as IFormatProvider)], _session.Invoke("$s.OtherShards").Output.Select(item => item.ToString()));
            var backward = _session.InvokeWithInput(Command(shard), pictures.AsEnumerable().Reverse()).Throw().Get<string>("Path");
            Assert.Equal(forward, backward.Reverse());
            all.AddRange(forward);
        }

        Assert.Equal(pictures, all.Order());
    }

    [Fact]
    public void A_slurm_array_says_which_shard_a_run_is_and_the_host_is_told()
    {
        string Shard(int task) => ChildShell.Run(
            $"Import-Module '{ModuleSession.Manifest}'; {Run} -Synthetic 40 | ForEach-Object Path",
            ("SLURM_ARRAY_TASK_ID", $"{task}"), ("SLURM_ARRAY_TASK_MIN", "1"), ("SLURM_ARRAY_TASK_MAX", "2"), ("SLURM_ARRAY_TASK_STEP", "1"),
            ("SLURM_ARRAY_TASK_COUNT", "2"));
        var (first, second) = (Shard(1), Shard(2));
        Assert.Contains("shard 0 of 2, by SLURM_ARRAY_TASK_ID", first, StringComparison.Ordinal);
        var names = (first + second).Split('\n').Where(line => line.StartsWith("synthetic", StringComparison.Ordinal)).ToList();
        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"synthetic-{i:D6}"), names.Order());
        Assert.Contains("synthetic", first, StringComparison.Ordinal);
        Assert.Contains("synthetic", second, StringComparison.Ordinal);
    }

    private static List<string> Events(string log) =>
        [.. File.ReadLines(log).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("event").GetString()!)];
}

using System.Diagnostics;
using System.Management.Automation;
using System.Text.Json;

namespace Egress.Cmdlets.Tests;

/// <summary>Invoke-SegmentationBatch on the simulated device: binding, order, streaming, stopping, files.</summary>
public sealed class InvokeTests : IDisposable
{
    private const string Quick = "simulated:compute=0.2,copy=0.1,processing=0";
    private readonly ModuleSession _session = new();
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Synthetic_pictures_come_out_in_order_and_write_nothing()
    {
        var result = _session.Invoke($"Invoke-SegmentationBatch -Synthetic 50 -Device '{Quick}' -BatchSize 4 -ImageSize 32").Throw();

        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"synthetic-{i:D6}"), result.Get<string>("Path"));
        Assert.All(result.Get<string>("Status"), status => Assert.Equal("Processed", status));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (long)i / 4), result.Get<long>("Batch"));
        Assert.Empty(_folder.Files());
    }

    [Fact]
    public void A_timeline_is_written_with_the_stages_and_what_the_device_did()
    {
        var path = _folder["trace.json"];
        _session.Invoke($"Invoke-SegmentationBatch -Synthetic 10 -Device '{Quick}' -BatchSize 2 -ImageSize 32 -TracePath '{path}'").Throw();

        using var document = JsonDocument.Parse(File.ReadAllText(path));
        var slices = document.RootElement.EnumerateArray().Where(entry => entry.GetProperty("ph").GetString() == "X")
            .GroupBy(entry => entry.GetProperty("name").GetString()!, entry => entry.GetProperty("args").GetProperty("batch").GetInt64())
            .ToDictionary(group => group.Key, group => group.Distinct().Order().ToList());
        foreach (var name in (string[])["Load", "CopyIn", "Compute", "CopyOut", "Process", "copy in", "compute", "copy out"])
        {
            Assert.Equal([0, 1, 2, 3, 4], slices[name]);
        }
    }

    [Fact]
    public void Existing_outputs_are_kept_unless_forced()
    {
        string Command(string more) =>
            $"Invoke-SegmentationBatch -Synthetic 6 -Device '{Quick}' -ImageSize 32 -Destination '{_folder.Path}' {more}";

        Assert.All(_session.Invoke(Command("")).Throw().Get<string>("Status"), status => Assert.Equal("Written", status));
        File.WriteAllText(_folder["synthetic-000002.png"], "kept");
        File.Delete(_folder["synthetic-000004.png"]);

        Assert.Equal(
            ["Skipped", "Skipped", "Skipped", "Skipped", "Written", "Skipped"], _session.Invoke(Command("")).Throw().Get<string>("Status"));
        Assert.Equal("kept", File.ReadAllText(_folder["synthetic-000002.png"]));

        Assert.All(_session.Invoke(Command("-Force")).Throw().Get<string>("Status"), status => Assert.Equal("Written", status));
        Assert.NotEqual("kept", File.ReadAllText(_folder["synthetic-000002.png"]));
        Assert.Equal(6, _folder.Files().Count);
    }

    [Fact]
    public void What_if_writes_nothing_and_opens_no_device()
    {
        var missing = _folder["missing"];
        var result = _session.Invoke($"Invoke-SegmentationBatch -Synthetic 5 -Device cuda:7 -ImageSize 32 -Destination '{missing}' -WhatIf");
        Assert.Empty(result.Throw().Output);
        Assert.False(Directory.Exists(missing));
    }

    [Theory]
    [InlineData("Labels", "Npy", 32 * 32)]
    [InlineData("Labels", "Raw", 32 * 32)]
    [InlineData("Logits", "Npy", 5 * 32 * 32 * 4)]
    [InlineData("Logits", "Raw", 5 * 32 * 32 * 4)]
    [InlineData("Probabilities", "Npy", 5 * 32 * 32 * 4)]
    public void Each_format_holds_each_kind_whole(string kind, string format, int bytes)
    {
        var result = _session.Invoke(
            $"Invoke-SegmentationBatch -Synthetic 3 -Device '{Quick}' -ImageSize 32 -ClassCount 5 -OutputKind {kind} -OutputFormat {format} "
            + $"-Destination '{_folder.Path}'").Throw();
        foreach (var path in result.Get<string>("OutputPath"))
        {
            Assert.Equal(bytes + (format == "Npy" ? 128 : 0), new FileInfo(path).Length);
        }

        Assert.Equal(result.Get<string>("OutputPath").Select(path => new FileInfo(path).Length), result.Get<long>("OutputBytes"));
    }

    [Fact]
    public void Results_stream_while_input_still_arrives()
    {
        // The input ends only once something has come out: a command that collects its input first would run to the bound.
        var result = _session.Invoke(
            """
            param($device, $path)
            $script:seen = 0
            $script:fed = 0
            & {
                while ($script:seen -eq 0 -and $script:fed -lt 20000) {
                    $script:fed++
                    $path
                }
            } | Invoke-SegmentationBatch -Device $device -OutputFormat None -BatchSize 4 -ImageSize 32 | ForEach-Object { $script:seen++ }
            $script:fed
            $script:seen
            """, Quick, Path.Combine(ModuleSession.Root, "samples", "pictures", "cat.png")).Throw();
        var (fed, seen) = (Number(result.Output[0]), Number(result.Output[1]));
        Assert.InRange(fed, 1, 19_999);
        Assert.Equal(fed, seen);
    }

    [Fact]
    public void A_run_stops_within_a_second_and_leaves_no_partial_file()
    {
        using var shell = _session.Create(
            $"Invoke-SegmentationBatch -Synthetic 1000000 -Device 'simulated:compute=20,copy=5,processing=20' -BatchSize 2 -ImageSize 32 "
            + $"-Destination '{_folder.Path}'", []);
        var output = new PSDataCollection<PSObject>();
        var running = shell.BeginInvoke<PSObject, PSObject>(null, output);
        while (output.Count < 4)
        {
            Thread.Sleep(5);
        }

        var clock = Stopwatch.StartNew();
        shell.Stop();
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"stopping took {clock.Elapsed}");
        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));

        var files = _folder.Files();
        Assert.DoesNotContain(files, file => file.StartsWith('.'));
        Assert.True(files.Count >= output.Count, $"{files.Count} files for {output.Count} results");

        // The session goes on.
        Assert.Equal(3, _session.Invoke($"Invoke-SegmentationBatch -Synthetic 3 -Device '{Quick}' -ImageSize 32").Throw().Output.Count);
    }

    [Fact]
    public void A_downstream_command_that_takes_enough_ends_the_run()
    {
        var result = _session.Invoke(
            $$"""
            $first = $null
            foreach ($once in 1) {
                Invoke-SegmentationBatch -Synthetic 100000 -Device '{{Quick}}' -ImageSize 32 | ForEach-Object { $first = $_; break }
            }
            $first.Path
            """).Throw();
        Assert.Equal("synthetic-000000", Assert.Single(result.Output).ToString());
    }

    [Fact]
    public void Verbose_says_what_runs() =>
        Assert.Contains(
            _session.Invoke($"Invoke-SegmentationBatch -Synthetic 1 -Device '{Quick}' -ImageSize 32 -Verbose").Throw().Verbose,
            line => line.Contains("Pipelined", StringComparison.Ordinal));

    [Fact]
    public void A_pool_serves_run_after_run_and_is_whole_afterwards()
    {
        var result = _session.Invoke(
            $$"""
            $pool = New-PinnedBufferPool -Count 2 -BatchSize 4 -ImageSize 32 -ClassCount 5 -OutputKind Logits
            foreach ($strategy in 'BufferPool', 'AsyncCopy', 'Pipelined') {
                Invoke-SegmentationBatch -Synthetic 20 -Device '{{Quick}}' -BatchSize 4 -ImageSize 32 -ClassCount 5 -OutputKind Logits -Strategy $strategy -BufferPool $pool | Out-Null
                $pool.Available
            }
            $pool | Remove-PinnedBufferPool
            $pool.IsRemoved
            """).Throw();
        Assert.Equal(["2", "2", "2", "True"], result.Output.Select(item => item.ToString()));
    }

    private static int Number(PSObject value) => (int)value.BaseObject;

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }
}

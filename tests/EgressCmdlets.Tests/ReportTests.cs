using System.Xml.Linq;

namespace Egress.Cmdlets.Tests;

/// <summary>Reports of sweeps, as Measure-EgressThroughput and Export-EgressReport write them.</summary>
public sealed class ReportTests : IDisposable
{
    private const string Few = "-ImageSize 32 -BatchSize 2 -Steps 4 -WarmupSteps 1 -Device 'simulated:compute=2,copy=1,fresh=3,processing=2'";

    private readonly ModuleSession _session = new();
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_sweep_writes_its_report_and_its_charts()
    {
        var result = _session.Invoke(
            $"param($r, $p) Measure-EgressThroughput -Strategy Pipelined, Baseline -WorkerCount 1, 2 {Few} -ReportPath $r -PlotPath $p",
            _folder["report.html"], _folder["plots"]).Throw();
        Assert.Equal(4, result.Output.Count);
        Assert.All(result.Output, item => Assert.Equal("Egress.Measurement.ThroughputResult", item.TypeNames[0]));

        var page = File.ReadAllText(_folder["report.html"]);
        var html = XElement.Parse(page[(page.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
        Assert.Equal(
            ["chart-strategies", "chart-timeline", "chart-by-workercount", "chart-memory"],
            html.Descendants("figure").Select(figure => figure.Attribute("id")!.Value));
        Assert.Equal(8, html.Descendants().Count(element => element.Name.LocalName == "svg"));
        Assert.Equal(
            ["by-workercount.png", "by-workercount.svg", "memory.png", "memory.svg", "strategies.png", "strategies.svg", "timeline.png", "timeline.svg"],
            Directory.GetFiles(_folder["plots"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_report_tells_of_the_machine_the_software_and_the_call()
    {
        _session.Invoke($"param($r) Measure-EgressThroughput -NoLimit {Few} -TimelineSteps 0 -ReportPath $r", _folder["report.html"]).Throw();
        var page = File.ReadAllText(_folder["report.html"]);
        foreach (var text in (string[])[Environment.MachineName, "libtorch", "CUDA driver", ".NET", "PowerShell", "Command line", "-WarmupSteps", "Date", "processors"])
        {
            Assert.Contains(text, page, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("chart-timeline", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_that_fails_is_in_the_report_with_its_error()
    {
        var result = _session.Invoke(
            $"param($r) Measure-EgressThroughput -Strategy Pipelined, Teleported {Few} -NoLimit -ReportPath $r", _folder["report.html"]);
        Assert.Single(result.Errors);
        var page = File.ReadAllText(_folder["report.html"]);
        Assert.Contains("Failed configurations", page, StringComparison.Ordinal);
        Assert.Contains("Teleported", page, StringComparison.Ordinal);
        Assert.Contains("OptionInvalid", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_that_could_not_be_written_is_found_before_anything_is_measured()
    {
        var result = _session.Invoke($"param($r) Measure-EgressThroughput {Few} -ReportPath $r", _folder.Path);
        Assert.Equal("OutputWriteFailed,Egress.Cmdlets.Commands.MeasureEgressThroughputCommand", result.Terminating!.FullyQualifiedErrorId);
        Assert.Empty(result.Output);
    }

    [Fact]
    public void Results_through_the_pipeline_keep_their_timelines()
    {
        var result = _session.Invoke(
            $"param($a, $b) Measure-EgressThroughput {Few} -ReportPath $a | Export-EgressReport $b -Title 'Mine <1>' -PassThru", _folder["a.html"], _folder["b.html"]).Throw();
        Assert.Equal([_folder["b.html"]], result.Output.Select(item => item.ToString()));
        var page = File.ReadAllText(_folder["b.html"]);
        Assert.Contains("<title>Mine &lt;1&gt;</title>", page, StringComparison.Ordinal);
        Assert.Contains("chart-timeline", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Records_of_texts_make_a_report_and_a_bad_one_does_not_cost_it()
    {
        var result = _session.Invoke(
            """
            param($path)
            [pscustomobject]@{ Strategy = 'Baseline'; Model = 'm'; Device = 'cuda:0'; BatchSize = '8'; StepsPerSecond = '0.45'; HostMemoryBytes = '' },
            [pscustomobject]@{ Name = 'a file' },
            [pscustomobject]@{ Strategy = 'Pipelined'; Model = 'm'; Device = 'cuda:0'; BatchSize = '8'; StepsPerSecond = '1.85'; Speedup = '4.11' } |
                Export-EgressReport -Path $path
            """,
            _folder["report.html"]);
        Assert.Empty(result.Output);
        var error = Assert.Single(result.Errors);
        Assert.Equal("ThroughputRecordInvalid,Egress.Cmdlets.Commands.ExportEgressReportCommand", error.FullyQualifiedErrorId);
        Assert.Equal("a file", ((System.Management.Automation.PSObject)error.TargetObject).Properties["Name"].Value);
        Assert.Contains("1.85 (4.11×)", File.ReadAllText(_folder["report.html"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Export-EgressReport -InputObject 1", "OptionInvalid")]
    [InlineData("@() | Export-EgressReport -Path $folder/r.html", "ThroughputRecordInvalid")]
    [InlineData("1 | Export-EgressReport -Path Env:/r.html", "PathNotAFile")]
    public void A_report_of_nothing_or_to_nowhere_is_an_error(string command, string errorId)
    {
        var result = _session.Invoke($"param($folder) {command}", _folder.Path);
        Assert.Equal($"{errorId},Egress.Cmdlets.Commands.ExportEgressReportCommand", result.Terminating!.FullyQualifiedErrorId);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void What_if_writes_nothing()
    {
        _session.Invoke($"param($r, $p) Measure-EgressThroughput -NoLimit {Few} | Export-EgressReport $r -PlotPath $p -WhatIf", _folder["a/r.html"], _folder["p"]).Throw();
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }
}

using System.Xml.Linq;
using Egress.Measurement.Report;
using static Egress.Tests.Measurement.Report.SampleResults;

namespace Egress.Tests.Measurement.Report;

/// <summary>Where a report and its charts are written.</summary>
public sealed class ReportOutputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<EgressException> _failures = [];

    [Fact]
    public void A_folder_gets_each_chart_in_both_formats()
    {
        var written = Write(new ReportOutput(null, _folder["plots"]), new BoxRenderer());
        Assert.Equal(["memory.png", "memory.svg", "strategies.png", "strategies.svg"], Names("plots"));
        Assert.Equal(written.Order(StringComparer.Ordinal), Directory.GetFiles(_folder["plots"]).Order(StringComparer.Ordinal));
        Assert.Empty(_failures);
    }

    [Theory]
    [InlineData("sweep.svg", "sweep-memory.svg,sweep-strategies.svg")]
    [InlineData("sweep.PNG", "sweep-memory.png,sweep-strategies.png")]
    [InlineData("v1.2", "v1.2/memory.png,v1.2/memory.svg,v1.2/strategies.png,v1.2/strategies.svg")]
    public void The_ending_of_a_file_chooses_the_format(string path, string expected)
    {
        var written = Write(new ReportOutput(null, _folder[path]), new BoxRenderer());
        Assert.Equal(expected.Split(','), written.Select(file => Path.GetRelativePath(_folder.Path, file)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_drawing_that_stands_alone_has_its_text_and_follows_the_system_to_dark()
    {
        Write(new ReportOutput(null, _folder["a.svg"]), new BoxRenderer());
        var svg = XDocument.Load(_folder["a-strategies.svg"]).Root!;
        Assert.StartsWith("Bar chart of steps per second: Baseline 0.450", svg.Elements().First(element => element.Name.LocalName == "title").Value, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme:dark", svg.Elements().First(element => element.Name.LocalName == "style").Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_font_the_drawings_are_written_and_the_pictures_are_one_error()
    {
        var missing = new EgressException(EgressErrorId.FontNotFound, EgressErrorCategory.NotInstalled, "No font.", "Get one.");
        Write(new ReportOutput(_folder["r.html"], _folder["plots"]), new BoxRenderer(() => missing));
        Assert.Same(missing, Assert.Single(_failures));
        Assert.Equal(["memory.svg", "strategies.svg"], Names("plots"));
        Assert.True(File.Exists(_folder["r.html"]));
    }

    [Fact]
    public void Folders_are_made_and_an_older_report_is_replaced()
    {
        var path = _folder["a/b/report.html"];
        Write(new ReportOutput(path, null), new BoxRenderer());
        File.WriteAllText(path, "old");
        Write(new ReportOutput(path, null), new BoxRenderer());
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Equal(["report.html"], Names("a/b"));
    }

    [Fact]
    public void A_folder_is_no_report()
    {
        var error = Assert.Throws<EgressException>(() => new ReportOutput(_folder.Path, null));
        Assert.Equal((EgressErrorId.OutputWriteFailed, (object)_folder.Path), (error.ErrorId, error.Target));
    }

    [Fact]
    public void A_place_that_takes_no_files_is_found_before_the_sweep()
    {
        File.WriteAllText(_folder["file"], "");
        Assert.Equal(EgressErrorId.OutputWriteFailed, Assert.Throws<EgressException>(() => new ReportOutput(_folder["file/report.html"], null)).ErrorId);
        Assert.Equal(EgressErrorId.OutputWriteFailed, Assert.Throws<EgressException>(() => new ReportOutput(null, _folder["file"])).ErrorId);
    }

    [Fact]
    public void A_report_that_cannot_be_written_does_not_cost_the_charts()
    {
        var output = new ReportOutput(_folder["r.html"], _folder["plots"]);
        Directory.CreateDirectory(_folder["r.html"]);
        Write(output, new BoxRenderer());
        Assert.Equal(EgressErrorId.OutputWriteFailed, Assert.Single(_failures).ErrorId);
        Assert.Equal(4, Names("plots").Count);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    public void Dispose() => _folder.Dispose();

    private IReadOnlyList<string> Write(ReportOutput output, IChartRenderer renderer) => output.Write(Make(Article), renderer, _failures.Add);

    private List<string> Names(string folder) => [.. Directory.GetFiles(_folder[folder]).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
}

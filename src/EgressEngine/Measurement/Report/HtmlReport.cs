using System.Xml.Linq;
using static Egress.Measurement.Report.HtmlElement;

namespace Egress.Measurement.Report;

/// <summary>
/// Writes a report as one HTML file that needs nothing else: no script, no font, no picture from elsewhere. Each chart is there twice,
/// wide and narrow, as text that shrank with its chart could not be read on a phone.
/// </summary>
public sealed class HtmlReport
{
    private const int WideChart = 920;
    private const int HalfChart = 448;
    private const int NarrowChart = 360;

    private readonly ThroughputReport _report;
    private readonly IChartRenderer _renderer;

    /// <param name="report">The report.</param>
    /// <param name="renderer">Draws its charts.</param>
    public HtmlReport(ThroughputReport report, IChartRenderer renderer)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(renderer);
        _report = report;
        _renderer = renderer;
    }

    /// <summary>The file's content.</summary>
    public string Write() => HtmlElement.Write(El(
        "html",
        At("lang", "en"),
        El(
            "head",
            El("meta", At("charset", "utf-8")),
            El("meta", At("name", "viewport"), At("content", "width=device-width, initial-scale=1")),
            El("meta", At("name", "color-scheme"), At("content", "light dark")),
            El("meta", At("name", "generator"), At("content", "Egress")),
            El("title", _report.Title),
            El("style", ReportStyle.Sheet)),
        El(
            "body",
            El("header", El("h1", _report.Title), ReportSummary.Write(_report)),
            El(
                "main",
                Section("strategies", "Strategies", [.. _report.Strategies.Select(chart => Figure(chart, WideChart)), LeftOut()]),
                Section("timeline", "Timeline", _report.Timelines.Select(chart => Figure(chart, WideChart))),
                Section("parameters", "Parameters", Grid(_report.Parameters)),
                Section("memory", "Memory", _report.Fronts.SelectMany(front => (XElement[])[Figure(front.Chart, WideChart), ReportTables.Front(front.Front)])),
                Section("failed", "Failed configurations", ReportTables.Failed(_report.Failed)),
                Section("results", "Results", ReportTables.Results(_report.Measured)),
                Section("advice", "Advice", ReportTables.Advice(_report.Measured)),
                Section("environment", "Environment", ReportTables.Environment(_report))),
            El("footer", Terms()))));

    private static XElement? Section(string id, string title, IEnumerable<object?> content)
    {
        var parts = content.Where(part => part is not null).ToList();
        return parts.Count == 0 ? null : El("section", At("id", id), El("h2", title), parts);
    }

    private XElement? LeftOut() => _report.TasksLeftOut == 0
        ? null
        : El("p.note", $"Charts show the {ReportTask.MaxTasks} workloads with the most configurations; {_report.TasksLeftOut} more are in the table.");

    private IEnumerable<XElement> Grid(IReadOnlyList<Chart> charts) => charts.Count == 0
        ? []
        : charts.Count == 1
            ? [Figure(charts[0], WideChart)]
            : [.. Shared(charts), El("div.grid", charts.Select(chart => Figure(chart with { Caption = "" }, HalfChart)))];

    /// <summary>What charts side by side have to say below them stands once, above.</summary>
    private static IEnumerable<XElement> Shared(IReadOnlyList<Chart> charts) =>
        charts.MaxBy(chart => chart.Caption.Length)!.Caption is { Length: > 0 } caption ? [El("p.note", caption)] : [];

    private XElement Figure(Chart chart, int width) => El(
        "figure",
        At("id", "chart-" + chart.Name),
        El("h3", chart.Title),
        chart.Subtitle.Length > 0 ? El("p.subtitle", chart.Subtitle) : null,
        Drawing(chart, "wide", width),
        Drawing(chart, "narrow", NarrowChart),
        chart.Caption.Length > 0 ? El("figcaption", chart.Caption) : null);

    private XElement Drawing(Chart chart, string size, int width)
    {
        var svg = XElement.Parse(_renderer.DrawSvg(chart, width, withTitle: false));

        // One of the two is not displayed, and with it its description: readers hear it once.
        svg.SetAttributeValue("role", "img");
        svg.SetAttributeValue("aria-label", Clean(chart.Alternative));
        return El($"div.chart.{size}", svg);
    }

    private static XElement Terms() => El(
        "details",
        El("summary", "What the words mean"),
        El(
            "dl",
            Term("Step", "one batch through the model, its output off the device and processed."),
            Term("Limit", "what a perfect overlap would reach: the rate of the slowest part when each part works alone on the same data."),
            Term("Efficiency", "throughput over the limit."),
            Term("Limited by", "the part that was busy for the largest share of the measured time."),
            Term("95 % interval", "where the throughput lies, as far as the repetitions tell."),
            Term("Pareto front", "the configurations that no other one beats both in throughput and in memory.")));

    private static object[] Term(string name, string meaning) => [El("dt", name), El("dd", meaning)];
}

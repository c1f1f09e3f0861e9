using System.Globalization;
using System.Xml.Linq;
using static Egress.Measurement.Report.HtmlElement;

namespace Egress.Measurement.Report;

/// <summary>The report's tables.</summary>
internal static class ReportTables
{
    private static readonly (string Name, Func<ReportResult, string?> Value, bool IsNumber)[] s_settings =
    [
        ("Strategy", result => result.Strategy, false),
        ("Model", result => result.Model, false),
        ("Device", result => result.Device, false),
        ("Precision", result => result.Precision, false),
        ("Output", result => result.OutputKind, false),
        ("Picture size", result => Text(result.ImageSize), true),
        ("Tokens", result => Text(result.SequenceLength), true),
        ("Classes", result => Text(result.ClassCount), true),
        ("Batch", result => Text(result.BatchSize), true),
        ("Workers", result => Text(result.WorkerCount), true),
        ("Buffers", result => result.BufferCount == 0 ? "–" : Text(result.BufferCount), true),
        ("Loaders", result => Text(result.LoaderCount), true),
        ("Steps", result => Text(result.Steps), true),
        ("Repetitions", result => Text(result.Repeat), true),
    ];

    private static readonly (string Name, Func<ReportResult, string?> Value, bool IsNumber)[] s_numbers =
    [
        ("Steps/s", result => (result.IsNoisy ? "≈ " : "") + Words.Number(result.StepsPerSecond!.Value), true),
        ("95 % interval", result => result.Confidence is { } interval ? $"{Words.Number(interval.Low)} – {Words.Number(interval.High)}" : null, true),
        ("Noise", result => result.Confidence is null && result.Noise is { } noise ? "± " + Words.Percent(noise) : null, true),
        ("Pictures/s", result => Number(result.ImagesPerSecond), true),
        ("GB/s", result => Number(result.EgressGBPerSecond), true),
        ("Step ms", result => Number(result.StepMilliseconds), true),
        ("95 % ms", result => Number(result.P95Milliseconds), true),
        ("99 % ms", result => Number(result.P99Milliseconds), true),
        ("Speed-up", result => result.Speedup is { } speedup ? Words.Factor(speedup) : null, true),
        ("Limit/s", result => Number(result.LimitStepsPerSecond), true),
        ("Limited by", result => result.LimitedBy, false),
        ("Efficiency", result => result.Efficiency is { } efficiency ? Words.Percent(efficiency) : null, true),
        ("Host memory", result => Bytes(result.HostMemoryBytes), true),
        ("Device memory", result => Bytes(result.DeviceMemoryBytes), true),
        ("Verified", result => result.Verified switch { true => "yes", false => "NO", null => null }, false),
    ];

    /// <summary>All results. What is the same for all of them stands once, above the table.</summary>
    public static IEnumerable<XElement> Results(IReadOnlyList<ReportResult> results)
    {
        if (results.Count == 0)
        {
            return [];
        }

        var varied = s_settings.Where(column => results.Select(column.Value).Distinct().Count() > 1 || column.Name == "Strategy").ToList();
        var common = s_settings.Except(varied).Where(column => !string.IsNullOrEmpty(column.Value(results[0]))).ToList();
        var columns = varied.Concat(s_numbers.Where(column => results.Any(result => column.Value(result) is not null))).ToList();
        var best = results.MaxBy(ChartRate.For(results).Of);
        return
        [
            El("p", "In all of them: ", string.Join(", ", common.Select(column => $"{column.Name.ToLowerInvariant()} {column.Value(results[0])}")), "."),
            Table(
                "Results in the order of their measurement; the fastest in bold.",
                [("№", true), .. columns.Select(column => (column.Name, column.IsNumber))],
                results.Select(result => El(
                    result == best ? "tr.best" : "tr",
                    El("th.number", At("scope", "row"), At("id", $"result-{result.Number}"), Text(result.Number)),
                    columns.Select(column => El(column.IsNumber ? "td.number" : "td", column.Value(result) ?? ""))))),
        ];
    }

    /// <summary>The results of a Pareto front.</summary>
    public static XElement Front(IReadOnlyList<ReportResult> front) => Table(
        "The Pareto front, from the least memory to the most throughput.",
        [("Front", true), ("Configuration", false), ("Steps/s", true), ("Pictures/s", true), ("Host memory", true), ("Result", true)],
        front.Select((result, index) => El(
            "tr",
            El("th.number", At("scope", "row"), Text(index + 1)),
            El("td.text", result.Settings),
            El("td.number", Number(result.StepsPerSecond)),
            El("td.number", Number(result.ImagesPerSecond)),
            El("td.number", Bytes(result.HostMemoryBytes)),
            El("td.number", Link(result)))));

    /// <summary>What went wrong, and what to do about it.</summary>
    public static IEnumerable<XElement> Failed(IReadOnlyList<ReportResult> failed) => failed.Count == 0
        ? []
        :
        [
            Table(
                "Configurations without a throughput.",
                [("№", true), ("Configuration", false), ("Error", false), ("What happened", false), ("Advice", false)],
                failed.Select(result => El(
                    "tr",
                    El("th.number", At("scope", "row"), Text(result.Number)),
                    El("td.text", $"{result.Settings} – {result.Model}, {result.Precision}, {result.OutputKind} on {result.Device}"),
                    El("td", El("code", result.ErrorId ?? "")),
                    El("td.text", result.Error ?? ""),
                    El("td.text", result.Advice ?? "")))),
        ];

    /// <summary>The results' advice, each sentence once.</summary>
    public static IEnumerable<XElement> Advice(IReadOnlyList<ReportResult> results)
    {
        var sentences = results.Where(result => !string.IsNullOrEmpty(result.Advice)).GroupBy(result => result.Advice!).ToList();
        return sentences.Count == 0
            ? []
            :
            [
                Table(
                    "What to change where something can be gained.",
                    [("Advice", false), ("Results", false)],
                    sentences.Select(sentence => El(
                        "tr",
                        El("td.text", sentence.Key),
                        El("td.text", sentence.SelectMany((result, index) => (object[])[index == 0 ? "" : ", ", Link(result), $" {result.Strategy}"]))))),
            ];
    }

    /// <summary>Where and how it was measured.</summary>
    public static IEnumerable<XElement> Environment(ThroughputReport report)
    {
        var here = System.Environment.MachineName;
        var others = report.Results.Select(result => result.Machine).OfType<string>().Where(name => name != here).Distinct().ToList();
        if (others.Count > 0)
        {
            yield return El("p.advice", $"Results of {Words.List(others)}: the table tells of the machine on which the report was made, {here}.");
        }

        yield return El(
            "div.scroll",
            El(
                "table.facts",
                El("caption", "Machine, software and call."),
                report.Environment.GroupBy(entry => entry.Group).Select(group => El(
                    "tbody",
                    El("tr", El("th.group", At("scope", "rowgroup"), At("colspan", "2"), group.Key)),
                    group.Select(entry => El("tr", El("th", At("scope", "row"), entry.Name), El("td.text", entry.Value)))))));
    }

    private static XElement Table(string caption, IEnumerable<(string Name, bool IsNumber)> columns, IEnumerable<XElement> rows) => El(
        "div.scroll",
        At("role", "region"),
        At("tabindex", "0"),
        At("aria-label", caption),
        El(
            "table",
            El("caption", caption),
            El("thead", El("tr", columns.Select(column => El(column.IsNumber ? "th.number" : "th", At("scope", "col"), column.Name)))),
            El("tbody", rows)));

    private static XElement Link(ReportResult result) => El("a", At("href", $"#result-{result.Number}"), Text(result.Number));

    private static string? Text(int? value) => value?.ToString(CultureInfo.InvariantCulture);

    private static string? Number(double? value) => value is { } number ? Words.Number(number) : null;

    private static string? Bytes(long? value) => value is { } bytes ? Words.Bytes(bytes) : null;
}

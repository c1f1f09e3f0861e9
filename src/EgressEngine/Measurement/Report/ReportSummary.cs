using System.Xml.Linq;
using static Egress.Measurement.Report.HtmlElement;

namespace Egress.Measurement.Report;

/// <summary>The top of the report: what is fastest, how far from the limit, what to change, and how far to trust all this.</summary>
internal static class ReportSummary
{
    // Limits and throughput are measured apart; a little more than the limit is within what that leaves open.
    private const double FastestCredible = 1.15;

    public static IEnumerable<object?> Write(ThroughputReport report)
    {
        yield return El("p.subtitle", Measured(report));
        if (report.Best is { } best)
        {
            yield return El("p.answer", "Fastest: ", El("strong", best.Settings), On(best), ".");
            yield return El("dl.figures", Figures(best));
            yield return best.Advice is { Length: > 0 } advice ? El("p.advice", El("strong", "Advice: "), advice) : null;
        }

        yield return Warnings(report);
    }

    private static string Measured(ThroughputReport report)
    {
        var dates = report.Results.Select(result => result.MeasuredAt).OfType<DateTimeOffset>().Order().ToList();
        var machines = report.Results.Select(result => result.Machine).OfType<string>().Distinct().ToList();
        return Words.Count(report.Results.Count, "configuration")
            + (machines.Count > 0 ? $" on {Words.List(machines)}" : "")
            + (dates.Count > 0 ? $", measured {dates[0]:yyyy-MM-dd HH:mm}" : "");
    }

    private static string On(ReportResult best) =>
        string.Concat(((string[])[best.Model, best.Precision, best.OutputKind]).Where(part => part.Length > 0).Select((part, index) => (index == 0 ? " – " : ", ") + part))
        + (best.Device.Length > 0 ? $" on {best.Device}" : "");

    private static IEnumerable<XElement?> Figures(ReportResult best)
    {
        yield return Figure("steps per second", Words.Number(best.StepsPerSecond!.Value), Interval(best));
        yield return best.ImagesPerSecond is { } images ? Figure("pictures per second", Words.Number(images), null) : null;
        yield return best.EgressGBPerSecond is { } rate ? Figure("output in GB/s", Words.Number(rate), null) : null;
        yield return best.Efficiency is { } efficiency
            ? Figure("of the limit", Words.Percent(efficiency), best.LimitedBy is { } stage ? $"limited by {stage}" : null)
            : null;
        yield return best.Speedup is { } speedup && best.Strategy != "Baseline" ? Figure("of Baseline", Words.Factor(speedup), null) : null;
        yield return best.HostMemoryBytes is { } memory ? Figure("host memory", Words.Bytes(memory), null) : null;
    }

    private static XElement Figure(string name, string value, string? note) => El(
        "div", El("dt", name, note is null ? null : El("span.note", note)), El("dd", value));

    private static string? Interval(ReportResult result) => result.Confidence is not { } interval
        ? null
        : Words.Number(interval.Low) == Words.Number(interval.High) && result.Noise is { } noise
            ? $"±\u00A0{Words.Percent(noise)} with 95\u00A0% confidence"
            : $"95\u00A0%: {Words.Number(interval.Low)} to {Words.Number(interval.High)}";

    private static XElement? Warnings(ThroughputReport report)
    {
        var warnings = new List<XElement>();
        if (report.Failed.Count > 0)
        {
            warnings.Add(El("li", El("a", At("href", "#failed"), $"{Words.Count(report.Failed.Count, "configuration")} failed"), "; the others are not touched by that."));
        }

        var noisy = report.Measured.Where(result => result.IsNoisy).ToList();
        if (noisy.Count > 0)
        {
            warnings.Add(El("li", $"{Words.Count(noisy.Count, "configuration")} measured with much noise (marked ≈): differences as small as it mean nothing. "
                + "Repeat on a quiet machine, or with -Repeat or -UntilStable."));
        }

        var fast = report.Measured.Count(result => result.Efficiency > FastestCredible);
        if (fast > 0)
        {
            warnings.Add(El("li", $"{Words.Count(fast, "configuration")} ran faster than the limit that was measured for it: something else used the machine meanwhile, "
                + "and limit and efficiency say little."));
        }

        var wrong = report.Measured.Count(result => result.Verified == false);
        if (wrong > 0)
        {
            warnings.Add(El("li", El("strong", $"{Words.Count(wrong, "configuration")} delivered bytes that differ from a plain copy.")));
        }

        return warnings.Count == 0 ? null : El("ul.warnings", warnings);
    }
}

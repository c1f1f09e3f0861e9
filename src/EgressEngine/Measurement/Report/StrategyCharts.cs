namespace Egress.Measurement.Report;

/// <summary>The article's table as charts: the strategies side by side, with the limit as a line; one a task.</summary>
internal static class StrategyCharts
{
    public static IEnumerable<BarChart> Build(IReadOnlyList<StrategyGroup> groups) =>
        groups.Select((group, index) => Build(group, ReportTask.ChartName("strategies", index, groups.Count)));

    private static BarChart Build(StrategyGroup group, string name)
    {
        var limit = Limit(group.Results, out var setBy);
        var last = group.Results[^1];
        return new BarChart
        {
            Name = name,
            Title = group.Results.Count > 1 ? "Throughput by strategy" : $"{last.Strategy} and its limit",
            Subtitle = group.Description,
            Caption = Caption(group, limit, setBy),
            Alternative = Alternative(group, limit),
            ValueLabel = "steps per second",
            Bars = [.. group.Results.Select(Bar)],
            Limit = limit,
            LimitLabel = limit is { } value ? $"limit {Words.Number(value)}" + (setBy is null ? "" : $" ({setBy})") : "",
        };
    }

    private static ChartBar Bar(ReportResult result)
    {
        var value = result.StepsPerSecond!.Value;
        var text = Words.Number(value) + (result.Speedup is { } speedup && result.Strategy != "Baseline" ? $" ({Words.Factor(speedup)})" : "");
        return new ChartBar(result.Strategy, value, text, ChartPalette.Strategy(result.Strategy), result.Confidence);
    }

    /// <summary>The limit is the same for all of them, so that each measured it anew: the median of what they found.</summary>
    private static double? Limit(IReadOnlyList<ReportResult> results, out string? setBy)
    {
        var limits = results.Where(result => result.LimitStepsPerSecond is > 0).OrderBy(result => result.LimitStepsPerSecond).ToList();
        if (limits.Count == 0)
        {
            setBy = null;
            return null;
        }

        var median = limits[(limits.Count - 1) / 2];
        setBy = median.LimitSetBy;
        return median.LimitStepsPerSecond;
    }

    private static string Caption(StrategyGroup group, double? limit, string? setBy)
    {
        var parts = new List<string>();
        if (limit is not null)
        {
            parts.Add("The line is what a perfect overlap would reach"
                + (setBy is null ? "." : $": the rate of {LimitName(setBy)} alone, the slowest part."));
        }

        if (group.Results.Any(result => result.Speedup is not null && result.Strategy != "Baseline"))
        {
            parts.Add("In brackets: the throughput over that of Baseline.");
        }

        if (group.Results.Any(result => result.Confidence is not null))
        {
            parts.Add("Whiskers are 95\u00A0% confidence intervals.");
        }

        if (group.Settings > 1)
        {
            parts.Add($"Of {group.Settings} settings, the fastest of those with the most strategies.");
        }

        return string.Join(' ', parts);
    }

    private static string Alternative(StrategyGroup group, double? limit) =>
        "Bar chart of steps per second: "
        + string.Join(", ", group.Results.Select(result => $"{result.Strategy} {Words.Number(result.StepsPerSecond!.Value)}"))
        + (limit is { } value ? $"; limit {Words.Number(value)}." : ".");

    private static string LimitName(string setBy) => setBy switch
    {
        "Compute" => "the computation",
        "CopyOut" => "the copies of outputs",
        "CopyIn" => "the copies of inputs",
        "Processing" => "the processing of outputs",
        "Input" => "the loading of inputs",
        _ => setBy,
    };
}

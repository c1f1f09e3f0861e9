namespace Egress.Measurement.Report;

/// <summary>
/// Throughput over each swept parameter, in each task: for each of its values the best that was reached with it, whatever the other
/// settings, and the other configurations as small dots below.
/// </summary>
internal static class SweepCharts
{
    private const int MaxSeries = 6;
    private const int MaxLabelLength = 22;

    public static IEnumerable<LineChart> Build(IReadOnlyList<ReportResult> results, IReadOnlyList<ReportTask> tasks)
    {
        var measured = results.Where(result => result.IsMeasured).ToList();
        foreach (var parameter in SweptParameter.All)
        {
            // What says what the work is sets tasks side by side; what says how it is done is looked at in each task on its own.
            var charted = parameter.IsTask
                ? [new ReportTask(measured)]
                : tasks.Where(task => parameter.IsSwept(task.Results)).ToList();
            for (var index = 0; index < charted.Count; index++)
            {
                if (parameter.IsSwept(charted[index].Results))
                {
                    yield return Build(
                        parameter, charted[index].Results, parameter.IsTask ? "" : charted[index].Description,
                        ReportTask.ChartName("by-" + parameter.Name.ToLowerInvariant(), index, charted.Count));
                }
            }
        }
    }

    private static LineChart Build(SweptParameter parameter, IReadOnlyList<ReportResult> measured, string subtitle, string name)
    {
        var results = measured.Where(result => parameter.Value(result) is not null).ToList();
        var rate = ChartRate.For(results);
        var positions = parameter.Positions(results);
        var series = Series(parameter, results, rate, positions, out var leftOut);
        return new LineChart
        {
            Name = name,
            Title = $"Throughput by {parameter.Label}",
            Subtitle = subtitle,
            Caption = Caption(series, leftOut),
            Alternative = Alternative(parameter, results, rate),
            XLabel = parameter.Label,
            YLabel = rate.Label,
            Ticks = [.. positions.OrderBy(pair => pair.Value).Select(pair => new ChartTick(pair.Value, Words.Shorten(pair.Key, MaxLabelLength)))],
            Series = series,
        };
    }

    private static List<ChartSeries> Series(
        SweptParameter parameter, List<ReportResult> results, ChartRate rate, IReadOnlyDictionary<string, double> positions, out int leftOut)
    {
        var byStrategy = results.Select(result => result.Strategy).Distinct().Count() > 1;
        var groups = byStrategy
            ? results.GroupBy(result => result.Strategy).OrderBy(group => StrategyGroup.Order(group.Key)).ToList()
            : [.. Variants(parameter, results).OrderByDescending(group => group.Max(rate.Of))];
        leftOut = Math.Max(0, groups.Count - MaxSeries);
        return [.. groups.Take(MaxSeries).Select((group, index) => new ChartSeries(
            group.Key,
            byStrategy ? ChartPalette.Strategy(group.Key) : ChartPalette.Series(index),
            [.. group.GroupBy(result => positions[parameter.Value(result)!]).OrderBy(place => place.Key)
                .Select(place => Point(place.MaxBy(rate.Of)!, place.Key, rate))],
            [.. group.GroupBy(result => positions[parameter.Value(result)!])
                .SelectMany(place => place.OrderByDescending(rate.Of).Skip(1).Select(result => Point(result, place.Key, rate)))],
            parameter.IsNumber))];
    }

    /// <summary>With one strategy only, tasks are told apart by what of them varies, besides the parameter itself.</summary>
    private static IEnumerable<IGrouping<string, ReportResult>> Variants(SweptParameter parameter, List<ReportResult> results)
    {
        var varied = SweptParameter.All.Where(other => !other.IsNumber && other != parameter && other.IsSwept(results)).ToList();
        return results.GroupBy(result => varied.Count == 0
            ? result.Strategy
            : string.Join(", ", varied.Select(other => Words.Shorten(other.Value(result) ?? "", MaxLabelLength))));
    }

    private static ChartPoint Point(ReportResult result, double place, ChartRate rate) =>
        new(place, rate.Of(result), result.Confidence?.Scale(rate.Of(result) / result.StepsPerSecond!.Value));

    private static string Caption(List<ChartSeries> series, int leftOut)
    {
        var parts = new List<string>();
        if (series.Any(line => line.Others.Count > 0))
        {
            parts.Add("Large marks: the best with that value, whatever the other settings. Small dots: the other configurations.");
        }

        if (series.Any(line => line.Points.Any(point => point.Interval is not null)))
        {
            parts.Add("Whiskers are 95\u00A0% confidence intervals.");
        }

        if (leftOut > 0)
        {
            parts.Add($"The {MaxSeries} fastest series; {Words.Count(leftOut, "slower one")} left out.");
        }

        return string.Join(' ', parts);
    }

    private static string Alternative(SweptParameter parameter, List<ReportResult> results, ChartRate rate) =>
        $"Chart of {rate.Label} over {parameter.Label}. Best with each value: "
        + string.Join(", ", results.GroupBy(result => parameter.Value(result)!)
            .OrderBy(group => parameter.Number?.Invoke(group.First()) ?? 0)
            .Select(group => $"{group.Key}: {Words.Number(group.Max(rate.Of))}"))
        + ".";
}

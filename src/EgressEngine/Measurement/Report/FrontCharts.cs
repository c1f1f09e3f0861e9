namespace Egress.Measurement.Report;

/// <summary>Throughput against host memory, one chart a task.</summary>
internal static class FrontCharts
{
    /// <summary>The charts, each with the results of its front, in the order of its labels.</summary>
    public static IEnumerable<(FrontChart Chart, IReadOnlyList<ReportResult> Front)> Build(IReadOnlyList<ReportTask> tasks)
    {
        var charted = tasks
            .Select(task => task with { Results = [.. task.Results.Where(result => result.HostMemoryBytes is > 0)] })
            .Where(task => task.Results.Count > 1)
            .ToList();
        return charted.Select((task, index) => Build(task, ReportTask.ChartName("memory", index, charted.Count)));
    }

    private static (FrontChart, IReadOnlyList<ReportResult>) Build(ReportTask task, string name)
    {
        var results = task.Results;
        var rate = ChartRate.For(results);
        var front = ParetoFront.Find(results, result => result.HostMemoryBytes!.Value, rate.Of);
        ChartPoint Point(ReportResult result, string? label = null) => new(
            result.HostMemoryBytes!.Value, rate.Of(result), result.Confidence?.Scale(rate.Of(result) / result.StepsPerSecond!.Value), label);
        var chart = new FrontChart
        {
            Name = name,
            Title = "Throughput against memory",
            Subtitle = task.Description,
            Caption = "The line is the Pareto front: no configuration gives more for the same memory, or as much for less. Its numbers are in the table below.",
            Alternative = $"Scatter chart of {rate.Label} over host memory. The front: "
                + string.Join("; ", front.Select((result, index) =>
                    $"{index + 1}: {Words.Number(rate.Of(result))} with {Words.Bytes(result.HostMemoryBytes!.Value)}")) + ".",
            XLabel = "host memory",
            YLabel = rate.Label,
            Ticks = Ticks(results.Min(result => result.HostMemoryBytes!.Value), results.Max(result => result.HostMemoryBytes!.Value), out var isLogarithmic),
            IsLogarithmic = isLogarithmic,
            Series = [.. results.GroupBy(result => result.Strategy).OrderBy(group => StrategyGroup.Order(group.Key)).Select(group =>
                new ChartSeries(group.Key, ChartPalette.Strategy(group.Key), [.. group.Select(result => Point(result)).OrderBy(point => point.X)], [], false))],
            Front = [.. front.Select((result, index) => Point(result, $"{index + 1}"))],
        };
        return (chart, front);
    }
    /// <summary>
    /// The marks of the memory's axis. Sizes that span a factor of more than twenty lie on a logarithmic axis, on which the small ones
    /// can still be told apart.
    /// </summary>
    private static List<ChartTick> Ticks(double smallest, double largest, out bool isLogarithmic)
    {
        isLogarithmic = largest > 20 * smallest;
        var ticks = new List<ChartTick>();
        if (isLogarithmic)
        {
            for (var tick = Math.Pow(10, Math.Floor(Math.Log10(smallest))); tick <= largest * 10; tick *= 10)
            {
                ticks.Add(new ChartTick(tick, Size(tick)));
            }

            return ticks;
        }

        var step = Math.Pow(10, Math.Floor(Math.Log10(largest)));
        step *= ((double[])[0.1, 0.2, 0.5, 1, 2]).First(factor => largest / (step * factor) <= 6);
        for (var tick = 0.0; tick <= largest * 1.2; tick += step)
        {
            ticks.Add(new ChartTick(tick, Size(tick)));
        }

        return ticks;
    }

    private static string Size(double bytes)
    {
        var (scale, unit) = Words.ByteUnit(bytes);
        return bytes == 0 ? "0" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{bytes / scale:#,0.###} {unit}");
    }
}

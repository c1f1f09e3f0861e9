namespace Egress.Measurement.Report;

/// <summary>What a sweep found, arranged for reading: its charts, and the tables beside them.</summary>
public sealed class ThroughputReport
{
    /// <param name="results">The results, in the order of their measurement; they are numbered anew.</param>
    /// <param name="environment">Where and how they were measured.</param>
    /// <param name="title">The report's title.</param>
    public ThroughputReport(IEnumerable<ReportResult> results, IReadOnlyList<EnvironmentEntry> environment, string title)
    {
        ArgumentNullException.ThrowIfNull(results);
        Title = title;
        Environment = environment;
        Results = [.. results.Select((result, index) => result with { Number = index + 1 })];
        Measured = [.. Results.Where(result => result.IsMeasured)];
        Failed = [.. Results.Where(result => !result.IsMeasured)];

        var tasks = ReportTask.Find(Measured);
        TasksLeftOut = Math.Max(0, tasks.Count - ReportTask.MaxTasks);
        tasks = [.. tasks.Take(ReportTask.MaxTasks)];
        var groups = tasks.Select(StrategyGroup.Of).ToList();
        Strategies = [.. StrategyCharts.Build(groups)];
        Timelines = [.. TimelineCharts.Build(groups)];
        Parameters = [.. SweepCharts.Build(Measured, tasks)];
        Fronts = [.. FrontCharts.Build(tasks)];
    }

    /// <summary>The report's title.</summary>
    public string Title { get; }

    /// <summary>Where and how it was measured.</summary>
    public IReadOnlyList<EnvironmentEntry> Environment { get; }

    /// <summary>All results, numbered.</summary>
    public IReadOnlyList<ReportResult> Results { get; }

    /// <summary>Those with a throughput.</summary>
    public IReadOnlyList<ReportResult> Measured { get; }

    /// <summary>Those that failed.</summary>
    public IReadOnlyList<ReportResult> Failed { get; }

    /// <summary>How many tasks (networks, devices, precisions, kinds of output) have no charts, as there would be too many.</summary>
    public int TasksLeftOut { get; }

    /// <summary>The strategies side by side, a chart a task.</summary>
    public IReadOnlyList<BarChart> Strategies { get; }

    /// <summary>A few steps of each strategy, a chart a task; none where nothing was recorded.</summary>
    public IReadOnlyList<TimelineChart> Timelines { get; }

    /// <summary>Throughput over each swept parameter.</summary>
    public IReadOnlyList<LineChart> Parameters { get; }

    /// <summary>Throughput against memory, each with the results of its front.</summary>
    public IReadOnlyList<(FrontChart Chart, IReadOnlyList<ReportResult> Front)> Fronts { get; }

    /// <summary>All charts, in the order in which the report shows them.</summary>
    public IEnumerable<Chart> Charts => [.. Strategies, .. Timelines, .. Parameters, .. Fronts.Select(front => front.Chart)];

    /// <summary>The fastest result; null where none was measured.</summary>
    public ReportResult? Best
    {
        get
        {
            var rate = ChartRate.For(Measured);
            return Measured.MaxBy(rate.Of);
        }
    }
}

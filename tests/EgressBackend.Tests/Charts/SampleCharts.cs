using Egress.Measurement.Report;

namespace Egress.Backend.Tests.Charts;

/// <summary>A chart of each kind.</summary>
internal static class SampleCharts
{
    public static BarChart Bars { get; } = new()
    {
        Name = "bars",
        Title = "Throughput by strategy",
        Subtitle = "größer & <kleiner>",
        Alternative = "Bars.",
        ValueLabel = "steps per second",
        Bars =
        [
            new ChartBar("Baseline", 0.45, "0.450", ChartColor.Baseline, new Interval(0.44, 0.46)),
            new ChartBar("Pipelined", 1.85, "1.85 (4.11×)", ChartColor.Pipelined, null),
        ],
        Limit = 1.92,
        LimitLabel = "limit 1.92 (Compute)",
    };

    public static LineChart Lines { get; } = new()
    {
        Name = "lines",
        Title = "Throughput by workers",
        Alternative = "Lines.",
        XLabel = "workers",
        YLabel = "pictures per second",
        Ticks = [new ChartTick(0, "1"), new ChartTick(1, "2"), new ChartTick(2, "4")],
        Series =
        [
            new ChartSeries("Baseline", ChartColor.Baseline, [new ChartPoint(0, 10), new ChartPoint(2, 11, new Interval(9, 12))], [new ChartPoint(0, 5)], true),
            new ChartSeries("Pipelined", ChartColor.Pipelined, [new ChartPoint(1, 30)], [], false),
        ],
    };

    public static FrontChart Front { get; } = new()
    {
        Name = "front",
        Title = "Throughput against memory",
        Alternative = "Front.",
        XLabel = "host memory",
        YLabel = "steps per second",
        Ticks = [new ChartTick(1e8, "100 MB"), new ChartTick(1e9, "1 GB"), new ChartTick(1e10, "10 GB"), new ChartTick(1e11, "100 GB")],
        IsLogarithmic = true,
        Series = [new ChartSeries("Pipelined", ChartColor.Pipelined, [new ChartPoint(2e8, 3), new ChartPoint(3e10, 9), new ChartPoint(1e10, 2)], [], false)],
        Front = [new ChartPoint(2e8, 3, null, "1"), new ChartPoint(3e10, 9, null, "2")],
    };

    public static TimelineChart Timeline { get; } = new()
    {
        Name = "timeline",
        Title = "Timeline",
        Alternative = "Timeline.",
        Milliseconds = 90,
        Panels =
        [
            new TimelinePanel(
                "Baseline, 33 steps/s",
                [
                    new TimelineLane("compute 50 %", ChartColor.Compute, 1, [new TimelineBlock(0, 20, 1, 0), new TimelineBlock(40, 41, 2, 0)]),
                    new TimelineLane("processing 1 %", ChartColor.Processing, 2, [new TimelineBlock(5, 30, 1, 0), new TimelineBlock(6, 31, 1, 1)]),
                ],
                60),
        ],
    };

    public static IReadOnlyList<Chart> All { get; } = [Bars, Lines, Front, Timeline];

    public static TheoryData<string> Names => [.. All.Select(chart => chart.Name)];

    public static Chart Get(string name) => All.Single(chart => chart.Name == name);
}

using Egress.Measurement.Report;
using static Egress.Tests.Measurement.Report.SampleResults;

namespace Egress.Tests.Measurement.Report;

/// <summary>Which charts a report has, and what they show.</summary>
public sealed class ChartModelTests
{
    [Fact]
    public void Strategies_stand_side_by_side_in_their_order_with_the_limit_as_a_line()
    {
        var chart = Assert.Single(Make(Article.Reverse()).Strategies);
        Assert.Equal(["Baseline", "MultiWorker", "BufferPool", "AsyncCopy", "Pipelined"], chart.Bars.Select(bar => bar.Label));
        Assert.Equal([0.45, 0.71, 1.51, 1.55, 1.85], chart.Bars.Select(bar => bar.Value));
        Assert.Equal("1.85 (4.11×)", chart.Bars[^1].Text);
        Assert.Equal("0.450", chart.Bars[0].Text);
        Assert.Equal(new Interval(1.85 * 0.98, 1.85 * 1.03), chart.Bars[^1].Interval);
        Assert.Equal(1.92, chart.Limit);
        Assert.Equal("limit 1.92 (Compute)", chart.LimitLabel);
        Assert.Equal(5, chart.Bars.Select(bar => bar.Color).Distinct().Count());
        Assert.Contains("Pipelined 1.85", chart.Alternative, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_many_settings_the_fastest_with_all_strategies_is_charted()
    {
        // The fastest of all has Pipelined alone; of the two with both strategies, batches of 32 give more pictures.
        ReportResult[] results =
        [
            Result("Baseline", 1, batchSize: 16), Result("Pipelined", 3, batchSize: 16),
            Result("Baseline", 0.9, batchSize: 32), Result("Pipelined", 2.5, batchSize: 32), Result("Pipelined", 2.4, batchSize: 32, buffers: 2),
            Result("Pipelined", 2, batchSize: 64),
        ];
        var chart = Assert.Single(Make(results).Strategies);
        Assert.Equal([0.9, 2.5], chart.Bars.Select(bar => bar.Value));
        Assert.Contains("batches of 32", chart.Subtitle, StringComparison.Ordinal);
        Assert.Contains("Of 3 settings", chart.Caption, StringComparison.Ordinal);
    }

    [Fact]
    public void Tasks_that_differ_in_their_output_have_charts_of_their_own()
    {
        var report = Make([.. Article, .. Article.Select(result => result with { OutputKind = "Labels" })]);
        Assert.Equal(["strategies-1", "strategies-2"], report.Strategies.Select(chart => chart.Name));
        Assert.Equal(report.Charts.Count(), report.Charts.Select(chart => chart.Name).Distinct().Count());
    }

    [Fact]
    public void Many_tasks_do_not_make_a_report_endless()
    {
        var report = Make(Enumerable.Range(1, 9).SelectMany(size => Article.Select(result => result with { ImageSize = size * 64 })));
        Assert.Equal(4, report.Strategies.Count);
        Assert.Equal(5, report.TasksLeftOut);
    }

    [Fact]
    public void A_swept_parameter_shows_the_best_with_each_value_and_the_others_as_dots()
    {
        ReportResult[] results =
        [
            Result("Pipelined", 4, batchSize: 8, workers: 1), Result("Pipelined", 6, batchSize: 8, workers: 2), Result("Pipelined", 5, batchSize: 16, workers: 1),
            Result("Pipelined", 3, batchSize: 32, workers: 2), Result("Baseline", 1, batchSize: 8, workers: 1),
        ];
        var report = Make(results);
        Assert.Equal(["by-batchsize", "by-workercount"], report.Parameters.Select(chart => chart.Name));

        var chart = report.Parameters[0];
        Assert.Equal("pictures per second", chart.YLabel);
        Assert.Equal(["8", "16", "32"], chart.Ticks.Select(tick => tick.Label));
        Assert.Equal([3, 4, 5], chart.Ticks.Select(tick => tick.Position));
        Assert.Equal(["Baseline", "Pipelined"], chart.Series.Select(series => series.Name));
        Assert.Equal([(3, 48), (4, 80), (5, 96)], chart.Series[1].Points.Select(point => (point.X, point.Y)));
        Assert.Equal([(3, 32)], chart.Series[1].Others.Select(point => (point.X, point.Y)));
        Assert.Equal(48 * 0.98, chart.Series[1].Points[0].Interval!.Value.Low, 9);
        Assert.True(chart.Series[1].IsConnected);
    }

    [Fact]
    public void Steps_are_the_measure_where_all_batches_are_of_one_size() =>
        Assert.Equal("steps per second", Assert.Single(Make([Result("Pipelined", 1, workers: 1), Result("Pipelined", 2, workers: 2)]).Parameters).YLabel);

    [Fact]
    public void Buffers_that_follow_from_the_workers_are_no_sweep_of_buffers()
    {
        ReportResult[] derived = [Result("Pipelined", 1, workers: 1, buffers: 3), Result("Pipelined", 2, workers: 2, buffers: 4), Result("Baseline", 1, workers: 2)];
        Assert.Equal(["by-workercount"], Make(derived).Parameters.Select(chart => chart.Name));
        Assert.Equal(["by-workercount", "by-buffercount"], Make([.. derived, Result("Pipelined", 2, workers: 2, buffers: 8)]).Parameters.Select(chart => chart.Name));
    }

    [Fact]
    public void Names_have_no_order_and_are_not_joined_by_lines()
    {
        var chart = Make([.. Article, .. Article.Select(result => result with { Precision = "BFloat16" })]).Parameters.Single(chart => chart.Name == "by-precision");
        Assert.Equal(["Float32", "BFloat16"], chart.Ticks.Select(tick => tick.Label));
        Assert.All(chart.Series, series => Assert.False(series.IsConnected));
    }

    [Fact]
    public void The_front_has_what_nothing_beats_in_both()
    {
        (double Cost, double Gain)[] items = [(3, 9), (1, 5), (2, 5), (2, 4), (4, 9), (5, 12), (1, 3), (3, 7)];
        Assert.Equal([(1, 5), (3, 9), (5, 12)], ParetoFront.Find(items, item => item.Cost, item => item.Gain));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_item_beats_one_of_the_front_and_each_other_item_is_beaten(int seed)
    {
        var random = new Random(seed);
        var items = Enumerable.Range(0, 300).Select(_ => (Cost: (double)random.Next(40), Gain: (double)random.Next(40))).ToList();
        var front = ParetoFront.Find(items, item => item.Cost, item => item.Gain);
        bool Beats((double Cost, double Gain) a, (double Cost, double Gain) b) => a.Cost <= b.Cost && a.Gain >= b.Gain && a != b;
        Assert.All(front, member => Assert.DoesNotContain(items, item => Beats(item, member)));
        Assert.All(items.Except(front), item => Assert.Contains(front, member => Beats(member, item)));
    }

    [Fact]
    public void Throughput_against_memory_numbers_its_front()
    {
        ReportResult[] results = [Result("Pipelined", 1, buffers: 2), Result("Pipelined", 2, buffers: 4), Result("Pipelined", 2, buffers: 8), Result("Baseline", 0.5)];
        var (chart, front) = Assert.Single(Make(results).Fronts);
        Assert.Equal([1, 2], front.Select(result => result.Number));
        Assert.Equal(["1", "2"], chart.Front.Select(point => point.Label));
        Assert.Equal([64 * 22e6 * 3, 64 * 22e6 * 5], chart.Front.Select(point => point.X));
        Assert.False(chart.IsLogarithmic);
        Assert.Equal("0", chart.Ticks[0].Label);
    }

    [Fact]
    public void Memory_that_differs_by_orders_lies_on_a_logarithmic_axis()
    {
        var chart = Assert.Single(Make([Result("Pipelined", 1, batchSize: 1, buffers: 1), Result("Pipelined", 0.1, batchSize: 256)]).Fronts).Chart;
        Assert.True(chart.IsLogarithmic);
        Assert.Equal(["10 MB", "100 MB", "1 GB", "10 GB", "100 GB"], chart.Ticks.Select(tick => tick.Label));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7.3)]
    [InlineData(9.99)]
    public void The_axis_of_memory_has_some_marks_and_not_too_many(double factor)
    {
        var results = new[] { 0.5, 1 }.Select(share => Result("Pipelined", 1) with { HostMemoryBytes = (long)(share * factor * 1e9) });
        var ticks = Assert.Single(Make(results).Fronts).Chart.Ticks;
        Assert.InRange(ticks.Count(tick => tick.Position > 0 && tick.Position <= factor * 1e9), 2, 6);
    }

    [Fact]
    public void What_failed_is_in_no_chart()
    {
        var report = Make([.. Article, Failed]);
        Assert.Equal([6], report.Failed.Select(result => result.Number));
        Assert.Equal(5, Assert.Single(report.Strategies).Bars.Count);
        Assert.Equal(5, Assert.Single(report.Fronts).Chart.Series.Sum(series => series.Points.Count));
        Assert.Equal("Pipelined", report.Best!.Strategy);
    }

    [Fact]
    public void A_report_of_nothing_but_failures_has_no_charts()
    {
        var report = Make([Failed]);
        Assert.Empty(report.Charts);
        Assert.Null(report.Best);
    }
}

using Egress.Measurement.Report;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Egress.Backend.Charts;

/// <summary>Draws a <see cref="LineChart"/>.</summary>
internal static class LineDrawing
{
    public static (Plot Plot, int Height) Draw(LineChart chart, ChartStyle style, Chart? title)
    {
        var plot = style.CreatePlot();
        var legend = chart.Series.Count > 1 ? chart.Series.Select((series, index) => (series.Name, SeriesMarks.Symbol(series, index))) : [];
        var header = new HeaderPanel(style, title, legend);
        var (max, ticks) = ChartStyle.Scale(SeriesMarks.Largest(chart.Series) * 1.06, style.IsNarrow ? 4 : 6);
        var padding = ScatterFrame.Padding(style, header, ticks);
        plot.Layout.Fixed(padding);
        plot.Axes.AddPanel(header);

        var (first, last) = (chart.Ticks[0].Position, chart.Ticks[^1].Position);
        var edge = chart.Ticks.Count > 1 ? (last - first) * 0.06 : 1;
        if (!chart.Series.Any(series => series.IsConnected))
        {
            // Names stand below their points: half of the distance to a neighbour is theirs.
            edge = 0.5;
        }

        plot.Axes.SetLimits(first - edge, last + edge, 0, max);
        plot.Axes.Left.TickGenerator = new NumericManual(ticks);
        plot.Axes.Bottom.TickGenerator = new NumericManual(Thin(chart, style, (style.Width - padding.Left - padding.Right) / (last - first + (2 * edge))));
        plot.Axes.Bottom.Label.Text = chart.XLabel;
        plot.Axes.Left.Label.Text = chart.YLabel;
        plot.Grid.XAxisStyle.IsVisible = false;
        for (var index = 0; index < chart.Series.Count; index++)
        {
            Add(plot, chart.Series[index], index, (index - ((chart.Series.Count - 1) / 2.0)) * edge);
        }

        return (plot, (int)(padding.Top + padding.Bottom + (style.IsNarrow ? 220 : 280)));
    }

    private static void Add(Plot plot, ChartSeries series, int index, double shift)
    {
        // Between names there is room to set the series side by side, so that they do not hide each other.
        var offset = series.IsConnected ? 0 : shift * 0.22;
        ChartPoint Place(ChartPoint point) => point with { X = point.X + offset };
        var points = series.Points.Select(Place).ToList();
        SeriesMarks.AddPoints(plot, [.. series.Others.Select(Place)], SeriesMarks.Marker(series, index, 5), 0.5);
        if (series.IsConnected && points.Count > 1)
        {
            var line = plot.Add.ScatterLine(points.Select(point => new Coordinates(point.X, point.Y)).ToArray(), ChartStyle.Color(series.Color));
            line.LineWidth = 2;
        }

        SeriesMarks.AddIntervals(plot, points, series.Color);
        SeriesMarks.AddPoints(plot, points, SeriesMarks.Marker(series, index, 9), 1);
    }

    /// <summary>Leaves out marks that would run into the one before; the last one stays.</summary>
    private static Tick[] Thin(LineChart chart, ChartStyle style, double pixelsPerUnit)
    {
        var kept = new List<ChartTick>();
        foreach (var tick in chart.Ticks)
        {
            while (tick == chart.Ticks[^1] && kept.Count > 1 && !Fits(kept[^1], tick))
            {
                kept.RemoveAt(kept.Count - 1);
            }

            if (kept.Count == 0 || tick == chart.Ticks[^1] || Fits(kept[^1], tick))
            {
                kept.Add(tick);
            }
        }

        return [.. kept.Select(tick => new Tick(tick.Position, Wrap(tick.Label, style, pixelsPerUnit)))];

        bool Fits(ChartTick before, ChartTick after) =>
            (after.Position - before.Position) * pixelsPerUnit
            >= ((Widest(before.Label, style, pixelsPerUnit) + Widest(after.Label, style, pixelsPerUnit)) / 2) + 8;
    }

    private static float Widest(string label, ChartStyle style, double pixelsPerUnit) =>
        Wrap(label, style, pixelsPerUnit).Split('\n').Max(line => style.Measure(line, ChartStyle.SmallSize));

    /// <summary>A long name in two lines.</summary>
    private static string Wrap(string label, ChartStyle style, double pixelsPerUnit)
    {
        if (style.Measure(label, ChartStyle.SmallSize) <= pixelsPerUnit - 8 || label.Length < 8)
        {
            return label;
        }

        var middle = label.Length / 2;
        var split = Enumerable.Range(1, label.Length - 2).Where(i => label[i] is '_' or ' ' or ':' or ',' or '-').OrderBy(i => Math.Abs(i - middle)).FirstOrDefault(middle);
        return label[..(split + 1)] + "\n" + label[(split + 1)..];
    }
}

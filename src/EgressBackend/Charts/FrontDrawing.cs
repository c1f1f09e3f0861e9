using Egress.Measurement.Report;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Egress.Backend.Charts;

/// <summary>Draws a <see cref="FrontChart"/>.</summary>
internal static class FrontDrawing
{
    private const float LabelSize = 12;

    public static (Plot Plot, int Height) Draw(FrontChart chart, ChartStyle style, Chart? title)
    {
        var plot = style.CreatePlot();
        var header = new HeaderPanel(
            style, title, [.. chart.Series.Select((series, index) => (series.Name, SeriesMarks.Symbol(series, index))), ("Pareto front", FrontSymbol)]);
        var (maxY, ticksY) = ChartStyle.Scale(SeriesMarks.Largest(chart.Series) * 1.1, style.IsNarrow ? 4 : 6);
        var (minX, maxX) = Range(chart);
        var padding = ScatterFrame.Padding(style, header, ticksY);
        plot.Layout.Fixed(padding);
        plot.Axes.AddPanel(header);
        plot.Axes.SetLimits(minX, maxX, 0, maxY);
        plot.Axes.Left.TickGenerator = new NumericManual(ticksY);
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. chart.Ticks
            .Where(tick => tick.Position > 0 || !chart.IsLogarithmic)
            .Select(tick => new Tick(Place(chart, tick.Position), tick.Label))
            .Where(tick => tick.Position >= minX && tick.Position <= maxX)]);
        plot.Axes.Bottom.Label.Text = chart.XLabel;
        plot.Axes.Left.Label.Text = chart.YLabel;

        var height = style.IsNarrow ? 240 : 320;
        var front = chart.Front.Select(point => (point.X, point.Y)).ToHashSet();
        AddFront(plot, chart, maxX);
        for (var index = 0; index < chart.Series.Count; index++)
        {
            // Those of the front stand out, and only they show how sure they are: all whiskers together would hide the points.
            var placed = chart.Series[index].Points.ToLookup(point => front.Contains((point.X, point.Y)), point => point with { X = Place(chart, point.X) });
            SeriesMarks.AddPoints(plot, [.. placed[false]], SeriesMarks.Marker(chart.Series[index], index, 6), 0.55);
            SeriesMarks.AddIntervals(plot, [.. placed[true]], chart.Series[index].Color);
            SeriesMarks.AddPoints(plot, [.. placed[true]], SeriesMarks.Marker(chart.Series[index], index, 10), 1);
        }

        AddLabels(plot, chart, style, (style.Width - padding.Left - padding.Right) / (maxX - minX), height / maxY);
        return (plot, (int)(padding.Top + padding.Bottom + height));
    }

    private static double Place(FrontChart chart, double cost) => chart.IsLogarithmic ? Math.Log10(cost) : cost;

    private static (double Min, double Max) Range(FrontChart chart)
    {
        var places = chart.Series.SelectMany(series => series.Points).Select(point => Place(chart, point.X)).ToList();
        var (min, max) = (places.Min(), places.Max());
        return chart.IsLogarithmic ? (min - ((max - min) * 0.06), max + ((max - min) * 0.06)) : (0, max * 1.06);
    }

    /// <summary>The front as steps: what a given memory yields. It goes on to the right, where more memory yields no more.</summary>
    private static void AddFront(Plot plot, FrontChart chart, double maxX)
    {
        var steps = new List<Coordinates>();
        foreach (var point in chart.Front)
        {
            var x = Place(chart, point.X);
            if (steps.Count > 0)
            {
                steps.Add(new Coordinates(x, steps[^1].Y));
            }

            steps.Add(new Coordinates(x, point.Y));
        }

        if (steps.Count > 0)
        {
            steps.Add(new Coordinates(maxX, steps[^1].Y));
            plot.Add.ScatterLine(steps, ChartStyle.Color(ChartColor.Limit)).LineWidth = 1.5f;
        }
    }

    /// <summary>The front's numbers, above and to the left of their points; those that would lie over another one are left out.</summary>
    private static void AddLabels(Plot plot, FrontChart chart, ChartStyle style, double pixelsPerX, double pixelsPerY)
    {
        var placed = new List<(double X, double Y)>();
        foreach (var point in chart.Front.Reverse())
        {
            var place = (X: Place(chart, point.X) * pixelsPerX, Y: point.Y * pixelsPerY);
            if (point.Label is null || placed.Any(other => Math.Abs(other.X - place.X) < 14 && Math.Abs(other.Y - place.Y) < 14))
            {
                continue;
            }

            placed.Add(place);
            var text = plot.Add.Text(point.Label, Place(chart, point.X), point.Y);
            text.LabelFontName = style.Font;
            text.LabelFontSize = LabelSize;
            text.LabelFontColor = ChartStyle.Color(ChartColor.Ink);
            text.LabelAlignment = Alignment.LowerRight;
            text.LabelPadding = 0;
            text.OffsetX = -6;
            text.OffsetY = style.Drop(LabelSize) - 4;
        }
    }

    private static void FrontSymbol(RenderPack rp, Pixel middle) => new LineStyle(1.5f, ChartStyle.Color(ChartColor.Limit)).Render(
        rp.Canvas, new PixelLine(middle.WithOffset(-9, 0), middle.WithOffset(9, 0)), rp.Paint);
}

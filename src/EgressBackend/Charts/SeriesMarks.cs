using Egress.Measurement.Report;
using ScottPlot;
using ScottPlot.Plottables;

namespace Egress.Backend.Charts;

/// <summary>What tells series apart besides their colours: a marker each, and a dash.</summary>
internal static class SeriesMarks
{
    private static readonly MarkerShape[] s_shapes =
    [
        MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledDiamond, MarkerShape.FilledTriangleUp, MarkerShape.FilledTriangleDown,
        MarkerShape.OpenCircle,
    ];

    /// <summary>The marker of the n-th series.</summary>
    public static MarkerStyle Marker(ChartSeries series, int index, float size)
    {
        var color = ChartStyle.Color(series.Color);
        return new MarkerStyle(s_shapes[index % s_shapes.Length], size, color) { LineColor = color };
    }

    /// <summary>What draws the symbol of the n-th series in a legend.</summary>
    public static Action<RenderPack, Pixel> Symbol(ChartSeries series, int index) => (rp, middle) =>
    {
        if (series.IsConnected)
        {
            new LineStyle(2, ChartStyle.Color(series.Color)).Render(
                rp.Canvas, new PixelLine(middle.WithOffset(-9, 0), middle.WithOffset(9, 0)), rp.Paint);
        }

        Marker(series, index, 8).Render(rp.Canvas, middle, rp.Paint);
    };

    /// <summary>Adds the points' confidence intervals.</summary>
    public static void AddIntervals(Plot plot, IReadOnlyList<ChartPoint> points, ChartColor color)
    {
        var sure = points.Where(point => point.Interval is not null).ToList();
        if (sure.Count == 0)
        {
            return;
        }

        plot.Add.Plottable(new ErrorBar(
            [.. sure.Select(point => point.X)],
            [.. sure.Select(point => point.Y)],
            null,
            null,
            [.. sure.Select(point => point.Interval!.Value.High - point.Y)],
            [.. sure.Select(point => point.Y - point.Interval!.Value.Low)])
        {
            Color = ChartStyle.Color(color),
            LineWidth = 1.5f,
            CapSize = 4,
        });
    }

    /// <summary>Adds points without a line.</summary>
    public static void AddPoints(Plot plot, IReadOnlyList<ChartPoint> points, MarkerStyle style, double opacity)
    {
        if (points.Count == 0)
        {
            return;
        }

        var markers = plot.Add.Markers(points.Select(point => new Coordinates(point.X, point.Y)).ToArray());
        markers.MarkerStyle.Shape = style.Shape;
        markers.MarkerStyle.Size = style.Size;
        markers.Color = style.FillColor.WithAlpha(opacity);
        markers.MarkerStyle.LineColor = style.FillColor.WithAlpha(opacity);
        markers.MarkerStyle.LineWidth = 0;
    }

    /// <summary>The largest value of all points, and of intervals as far as an axis reaches for them.</summary>
    public static double Largest(IEnumerable<ChartSeries> series)
    {
        var points = series.SelectMany(line => line.Points.Concat(line.Others)).ToList();
        var values = points.Max(point => point.Y);
        return Math.Max(values, ChartStyle.Capped(points.Max(point => point.Interval?.High ?? 0), values));
    }
}

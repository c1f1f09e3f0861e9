using Egress.Measurement.Report;
using ScottPlot;

namespace Egress.Backend.Charts;

/// <summary>Draws charts with ScottPlot.</summary>
internal sealed class ScottPlotRenderer : IChartRenderer
{
    /// <inheritdoc/>
    public string DrawSvg(Chart chart, int width, bool withTitle)
    {
        ArgumentNullException.ThrowIfNull(chart);
        var (plot, height) = Draw(chart, new ChartStyle(ChartFonts.Metrics, width), withTitle);
        using (plot)
        {
            return SvgDrawing.Clean(plot.GetSvgXml(width, height), $"{chart.Name}-{width}");
        }
    }

    /// <inheritdoc/>
    public byte[] DrawPng(Chart chart, int width, double scale)
    {
        ArgumentNullException.ThrowIfNull(chart);
        var (plot, height) = Draw(chart, new ChartStyle(ChartFonts.System, width), withTitle: true);
        using (plot)
        {
            plot.ScaleFactor = scale;
            return plot.GetImageBytes((int)(width * scale), (int)(height * scale), ImageFormat.Png);
        }
    }

    private static (Plot Plot, int Height) Draw(Chart chart, ChartStyle style, bool withTitle)
    {
        var title = withTitle ? chart : null;
        return chart switch
        {
            BarChart bars => BarDrawing.Draw(bars, style, title),
            LineChart lines => LineDrawing.Draw(lines, style, title),
            FrontChart front => FrontDrawing.Draw(front, style, title),
            TimelineChart timeline => TimelineDrawing.Draw(timeline, style, title),
            _ => throw new ArgumentException($"There is no drawing for {chart.GetType()}.", nameof(chart)),
        };
    }
}

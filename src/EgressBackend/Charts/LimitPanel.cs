using Egress.Measurement.Report;
using ScottPlot;

namespace Egress.Backend.Charts;

/// <summary>The name of a limit above its line, moved aside where it would leave the drawing.</summary>
internal sealed class LimitPanel(ChartStyle style, string text, double limit) : OverlayPanel
{
    private const float Margin = 6;

    /// <inheritdoc/>
    public override void Render(RenderPack rp, float size, float offset)
    {
        var half = style.Measure(text, ChartStyle.SmallSize) / 2;
        var line = rp.Plot.Axes.Bottom.GetPixel(limit, rp.DataRect);
        var middle = Math.Clamp(line, half + Margin, Math.Max(half + Margin, style.Width - half - Margin));
        style.Label(text, ChartStyle.SmallSize, ChartColor.Limit, Alignment.LowerCenter)
            .Render(rp.Canvas, new Pixel(middle, rp.DataRect.Top - 4), rp.Paint);
    }
}

using ScottPlot;

namespace Egress.Backend.Charts;

/// <summary>The room around charts with two value axes.</summary>
internal static class ScatterFrame
{
    public static PixelPadding Padding(ChartStyle style, HeaderPanel header, Tick[] ticks) =>
        new(ticks.Max(tick => style.Measure(tick.Label, ChartStyle.SmallSize)) + 36, 18, 46, header.Height + 6);
}

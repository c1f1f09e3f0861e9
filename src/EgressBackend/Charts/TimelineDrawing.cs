using Egress.Measurement.Report;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Egress.Backend.Charts;

/// <summary>Draws a <see cref="TimelineChart"/>.</summary>
internal static class TimelineDrawing
{
    private const float TitleHeight = 26;
    private const float LaneHeight = 20;
    private const float LaneGap = 3;
    private const float PanelGap = 12;
    private const float RowHeight = 6;

    public static (Plot Plot, int Height) Draw(TimelineChart chart, ChartStyle style, Chart? title)
    {
        var plot = style.CreatePlot();
        var header = new HeaderPanel(style, title, []);
        var lanes = Lanes(chart, out var height);
        var left = lanes.Max(lane => style.Measure(lane.Lane.Name, ChartStyle.SmallSize)) + 20;
        var padding = new PixelPadding(left, 22, 48, header.Height);
        plot.Layout.Fixed(padding);
        plot.Axes.AddPanel(header);

        // A unit of the vertical axis is a pixel, downwards.
        var (max, ticks) = ChartStyle.Scale(chart.Milliseconds, style.IsNarrow ? 4 : 10);
        plot.Axes.SetLimits(0, max, height, 0);
        plot.Axes.Bottom.TickGenerator = new NumericManual(ticks);
        plot.Axes.Bottom.Label.Text = "milliseconds";
        plot.Axes.Left.TickGenerator = new NumericManual([.. lanes.Select(lane => new Tick(lane.Top + (lane.Height / 2), lane.Lane.Name))]);
        plot.Grid.YAxisStyle.IsVisible = false;
        plot.Add.Plottable(new TimelineBlocks(lanes, style));
        plot.Axes.AddPanel(new PanelTitles(style, Titles(chart)));
        return (plot, (int)(padding.Top + padding.Bottom + height));
    }

    private static List<PlacedLane> Lanes(TimelineChart chart, out float height)
    {
        var lanes = new List<PlacedLane>();
        height = 0;
        foreach (var panel in chart.Panels)
        {
            height += TitleHeight;
            foreach (var lane in panel.Lanes)
            {
                var laneHeight = Math.Max(LaneHeight, lane.Rows * RowHeight);
                lanes.Add(new PlacedLane(lane, panel.Milliseconds, height, laneHeight));
                height += laneHeight + LaneGap;
            }

            height += PanelGap;
        }

        return lanes;
    }

    private static List<(string Title, float Top)> Titles(TimelineChart chart)
    {
        var titles = new List<(string, float)>();
        float top = 0;
        foreach (var panel in chart.Panels)
        {
            titles.Add((panel.Title, top));
            top += TitleHeight + panel.Lanes.Sum(lane => Math.Max(LaneHeight, lane.Rows * RowHeight) + LaneGap) + PanelGap;
        }

        return titles;
    }

    private sealed class PanelTitles(ChartStyle style, List<(string Title, float Top)> titles) : OverlayPanel
    {
        public override void Render(RenderPack rp, float size, float offset)
        {
            foreach (var (title, top) in titles)
            {
                style.Label(title, ChartStyle.TextSize, ChartColor.Ink, Alignment.LowerLeft)
                    .Render(rp.Canvas, new Pixel(14, rp.DataRect.Top + top + TitleHeight - 4), rp.Paint);
            }
        }
    }
}

/// <summary>A lane and where it lies.</summary>
/// <param name="Lane">The lane.</param>
/// <param name="Milliseconds">How far its recording goes.</param>
/// <param name="Top">Its upper edge, in pixels from the top of the data.</param>
/// <param name="Height">Its height in pixels.</param>
internal sealed record PlacedLane(TimelineLane Lane, double Milliseconds, float Top, float Height);

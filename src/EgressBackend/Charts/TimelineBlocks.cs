using System.Globalization;
using Egress.Measurement.Report;
using ScottPlot;

namespace Egress.Backend.Charts;

/// <summary>
/// The blocks of a timeline. Neighbouring batches differ in shade, and a block that is wide enough carries its batch's number. The
/// ground of a lane reaches as far as its recording.
/// </summary>
internal sealed class TimelineBlocks(IReadOnlyList<PlacedLane> lanes, ChartStyle style) : IPlottable
{
    private const float TextSize = 11;
    private const double PaleShade = 0.72;

    /// <inheritdoc/>
    public bool IsVisible { get; set; } = true;

    /// <inheritdoc/>
    public IAxes Axes { get; set; } = new Axes();

    /// <inheritdoc/>
    public IEnumerable<LegendItem> LegendItems => [];

    /// <inheritdoc/>
    public AxisLimits GetAxisLimits() => AxisLimits.NoLimits;

    /// <inheritdoc/>
    public void Render(RenderPack rp)
    {
        foreach (var lane in lanes)
        {
            var top = rp.DataRect.Top + lane.Top;
            Fill(rp, Axes.GetPixelX(0), Axes.GetPixelX(lane.Milliseconds), top, top + lane.Height, ChartColor.Rule, 0.45);
            var rowHeight = lane.Height / lane.Lane.Rows;
            foreach (var block in lane.Lane.Blocks)
            {
                Render(rp, lane.Lane, block, top + (block.Row * rowHeight), rowHeight);
            }
        }
    }

    private void Render(RenderPack rp, TimelineLane lane, TimelineBlock block, float top, float height)
    {
        // What is too short to be seen is drawn half a pixel wide: that it happened matters more than its exact length.
        var left = Axes.GetPixelX(block.Start);
        var right = Math.Max(left + 0.5f, Axes.GetPixelX(block.End) - 0.5f);
        var bottom = top + height - (lane.Rows > 1 ? 1 : 0);
        if (block.Batch % 2 == 0)
        {
            Fill(rp, left, right, top, bottom, ChartColor.Paper, 1);
        }

        Fill(rp, left, right, top, bottom, lane.Color, block.Batch % 2 == 0 ? PaleShade : 1);
        var text = block.Batch.ToString(CultureInfo.InvariantCulture);
        if (block.Batch > 0 && height > TextSize && right - left > style.Measure(text, TextSize) + 6)
        {
            style.Label(text, TextSize, ChartColor.OnColor, Alignment.MiddleCenter)
                .Render(rp.Canvas, new Pixel((left + right) / 2, (top + bottom) / 2), rp.Paint);
        }
    }

    private static void Fill(RenderPack rp, float left, float right, float top, float bottom, ChartColor color, double opacity) => Drawing.FillRectangle(
        rp.Canvas, new PixelRect(left, right, bottom, top), rp.Paint, new FillStyle { Color = ChartStyle.Color(color).WithAlpha(opacity) });
}

using Egress.Measurement.Report;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace Egress.Backend.Charts;

/// <summary>Draws a <see cref="BarChart"/>.</summary>
internal static class BarDrawing
{
    private const float BarHeight = 34;
    private const float LimitRoom = 26;
    private const float TextGap = 8;

    public static (Plot Plot, int Height) Draw(BarChart chart, ChartStyle style, Chart? title)
    {
        var plot = style.CreatePlot();
        var header = new HeaderPanel(style, title, []);
        var left = chart.Bars.Max(bar => style.Measure(bar.Label, ChartStyle.TextSize)) + 18;
        var padding = new PixelPadding(left, 18, 48, header.Height + (chart.Limit is null ? 4 : LimitRoom));
        plot.Layout.Fixed(padding);
        plot.Axes.AddPanel(header);

        var room = style.Width - padding.Left - padding.Right;
        var (max, ticks) = ChartStyle.Scale(Largest(chart, style, room), style.IsNarrow ? 4 : 8);
        plot.Axes.SetLimits(0, max, chart.Bars.Count - 0.5, -0.5);
        plot.Axes.Bottom.TickGenerator = new NumericManual(ticks);
        plot.Axes.Bottom.Label.Text = chart.ValueLabel;
        plot.Axes.Left.TickGenerator = new NumericManual([.. chart.Bars.Select((bar, index) => new Tick(index, bar.Label))]);
        plot.Axes.Left.TickLabelStyle.FontSize = ChartStyle.TextSize;
        plot.Axes.Left.TickLabelStyle.ForeColor = ChartStyle.Color(ChartColor.Ink);
        plot.Grid.YAxisStyle.IsVisible = false;

        plot.Add.Bars(chart.Bars.Select((bar, index) => new Bar
        {
            Position = index,
            Value = bar.Value,
            Size = 0.68,
            Orientation = Orientation.Horizontal,
            FillColor = ChartStyle.Color(bar.Color),
            LineWidth = 0,
        }).ToArray());
        AddLimit(plot, chart, style);
        for (var index = 0; index < chart.Bars.Count; index++)
        {
            AddInterval(plot, chart.Bars[index], index);
            AddText(plot, chart.Bars[index], index, style, Math.Max(chart.Bars.Max(bar => bar.Value), chart.Limit ?? 0), room / max);
        }

        return (plot, (int)(padding.Top + padding.Bottom + (chart.Bars.Count * BarHeight)));
    }

    /// <summary>The end of the axis: every bar, the limit, and the texts of bars that are too short for theirs fit before it.</summary>
    private static double Largest(BarChart chart, ChartStyle style, float room)
    {
        var values = Math.Max(chart.Bars.Max(bar => bar.Value), chart.Limit ?? 0);
        var largest = Math.Max(values, ChartStyle.Capped(chart.Bars.Max(bar => bar.Interval?.High ?? 0), values)) * 1.03;
        foreach (var bar in chart.Bars.OrderBy(bar => Low(bar)))
        {
            var text = style.Measure(bar.Text, ChartStyle.TextSize) + (2 * TextGap);
            if (!IsInside(bar, style, room / largest) && text < room)
            {
                largest = Math.Max(largest, High(bar, values) * room / (room - text));
            }
        }

        return largest;
    }

    private static double Low(ChartBar bar) => Math.Min(bar.Value, bar.Interval?.Low ?? double.MaxValue);

    private static double High(ChartBar bar, double values) => Math.Max(bar.Value, ChartStyle.Capped(bar.Interval?.High ?? 0, values));

    /// <summary>Whether a bar's text fits between its beginning and its whisker.</summary>
    private static bool IsInside(ChartBar bar, ChartStyle style, double pixelsPerUnit) =>
        Low(bar) * pixelsPerUnit > style.Measure(bar.Text, ChartStyle.TextSize) + (2 * TextGap);

    private static void AddLimit(Plot plot, BarChart chart, ChartStyle style)
    {
        if (chart.Limit is { } limit)
        {
            plot.Add.VerticalLine(limit, 2, ChartStyle.Color(ChartColor.Limit), LinePattern.Dashed);
            plot.Axes.AddPanel(new LimitPanel(style, chart.LimitLabel, limit));
        }
    }

    private static void AddInterval(Plot plot, ChartBar bar, int index)
    {
        if (bar.Interval is { } interval)
        {
            plot.Add.Plottable(new ErrorBar([bar.Value], [index], [interval.High - bar.Value], [bar.Value - interval.Low], null, null)
            {
                Color = ChartStyle.Color(ChartColor.Ink),
                LineWidth = 1.5f,
                CapSize = 5,
            });
        }
    }

    private static void AddText(Plot plot, ChartBar bar, int index, ChartStyle style, double values, double pixelsPerUnit)
    {
        var isInside = IsInside(bar, style, pixelsPerUnit);
        var text = plot.Add.Text(bar.Text, isInside ? Low(bar) : High(bar, values), index);
        text.LabelFontName = style.Font;
        text.LabelFontSize = ChartStyle.TextSize;
        text.LabelFontColor = ChartStyle.Color(isInside ? ChartColor.Paper : ChartColor.Ink);
        text.LabelAlignment = isInside ? Alignment.MiddleRight : Alignment.MiddleLeft;
        text.LabelPadding = 0;
        text.OffsetX = isInside ? -TextGap : TextGap;
        text.OffsetY = style.Drop(ChartStyle.TextSize);
    }
}

using Egress.Measurement.Report;
using ScottPlot;
using SkiaSharp;

namespace Egress.Backend.Charts;

/// <summary>How a drawing looks: its font, sizes and colours, and the frame that all charts share.</summary>
internal sealed class ChartStyle(string font, int width)
{
    /// <summary>The size of labels.</summary>
    public const float TextSize = 13;

    /// <summary>The size of the marks of axes.</summary>
    public const float SmallSize = 12;

    private const int NarrowWidth = 560;

    /// <summary>The drawing's width.</summary>
    public int Width => width;

    /// <summary>Whether it has to do with little room.</summary>
    public bool IsNarrow => width < NarrowWidth;

    /// <summary>The font of all text.</summary>
    public string Font => font;

    /// <summary>A colour.</summary>
    public static Color Color(ChartColor color) => ScottPlot.Color.FromHex(ChartPalette.Light(color));

    /// <summary>How wide a text is.</summary>
    public float Measure(string text, float size)
    {
        using var paint = Paint.NewDisposablePaint();
        return new LabelStyle { FontName = font, FontSize = size }.Measure(text, paint).Width;
    }

    /// <summary>A text's style.</summary>
    public LabelStyle Label(string text, float size, ChartColor color, Alignment alignment) => new()
    {
        Text = text,
        FontName = font,
        FontSize = size,
        ForeColor = Color(color),
        Alignment = alignment,
        OffsetY = Drop(size),
    };

    /// <summary>
    /// How far texts have to be moved down to lie where they should. ScottPlot sets them on the lowest edge that any letter of the font
    /// has, which in some fonts is far below that of the letters in use.
    /// </summary>
    public float Drop(float size)
    {
        using var letters = new SKFont(Fonts.GetTypeface(font, false, false), size);
        return Math.Max(0, letters.Metrics.Bottom - letters.Metrics.Descent);
    }

    /// <summary>A plot without anything in it: paper, axes without tick marks, and a light grid.</summary>
    public Plot CreatePlot()
    {
        var plot = new Plot();
        plot.FigureBackground.Color = Color(ChartColor.Paper);
        plot.DataBackground.Color = Colors.Transparent;
        plot.Axes.Frame(false);
        plot.Grid.MajorLineColor = Color(ChartColor.Rule);
        plot.Grid.MajorLineWidth = 1;
        foreach (var axis in (IAxis[])[plot.Axes.Bottom, plot.Axes.Left])
        {
            axis.TickLabelStyle.FontName = font;
            axis.TickLabelStyle.FontSize = SmallSize;
            axis.TickLabelStyle.ForeColor = Color(ChartColor.Faint);
            axis.TickLabelStyle.OffsetY = Drop(SmallSize);
            axis.Label.FontName = font;
            axis.Label.FontSize = TextSize;
            axis.Label.Bold = false;
            axis.Label.ForeColor = Color(ChartColor.Ink);
            axis.MajorTickStyle.Length = 0;
            axis.MinorTickStyle.Length = 0;
        }

        plot.Axes.Right.IsVisible = false;
        plot.Axes.Top.IsVisible = false;
        return plot;
    }

    /// <summary>The largest value of an axis, and its marks: three to eight round numbers from zero.</summary>
    public static (double Max, Tick[] Ticks) Scale(double largest, int most)
    {
        if (!(largest > 0))
        {
            largest = 1;
        }

        var step = Math.Pow(10, Math.Floor(Math.Log10(largest / most)));
        step *= ((double[])[1, 2, 5, 10]).First(factor => largest / (step * factor) <= most);
        var ticks = Enumerable.Range(0, (int)Math.Floor((largest / step) + 1e-9) + 1)
            .Select(index => new Tick(index * step, Number(index * step, step)))
            .ToArray();
        return (largest, ticks);
    }

    /// <summary>
    /// How far an axis reaches for the sake of an interval's upper end: not so far that one bad measurement flattens all the others. A
    /// whisker that is longer leaves the chart.
    /// </summary>
    public static double Capped(double high, double largestValue) => Math.Min(high, largestValue * 1.5);

    private static string Number(double value, double step)
    {
        var decimals = Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9), 0, 6);
        return value.ToString("#,0." + new string('0', decimals), System.Globalization.CultureInfo.InvariantCulture);
    }
}

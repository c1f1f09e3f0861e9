using Egress.Measurement.Report;
using ScottPlot;

namespace Egress.Backend.Charts;

/// <summary>What stands above a chart: its title where it stands alone, and the legend, in as many lines as it needs.</summary>
internal sealed class HeaderPanel : OverlayPanel
{
    private const float TitleSize = 17;
    private const float LineHeight = 20;
    private const float SymbolWidth = 22;
    private const float Gap = 18;
    private const float Margin = 14;

    private readonly ChartStyle _style;
    private readonly List<(string Text, float Size, ChartColor Color)> _lines = [];
    private readonly List<(float X, int Line, string Name, Action<RenderPack, Pixel> Symbol)> _items = [];
    private readonly float _legendTop;

    /// <param name="style">The drawing's style.</param>
    /// <param name="chart">The chart, for its title; null where that stands elsewhere.</param>
    /// <param name="legend">The legend: each series' name and what draws its symbol around a point.</param>
    public HeaderPanel(ChartStyle style, Chart? chart, IEnumerable<(string Name, Action<RenderPack, Pixel> Symbol)> legend)
    {
        _style = style;
        if (chart is not null)
        {
            AddText(chart.Title, TitleSize, ChartColor.Ink);
            AddText(chart.Subtitle, ChartStyle.SmallSize, ChartColor.Faint);
        }

        _legendTop = _lines.Sum(line => line.Size + 7) + (_lines.Count > 0 ? 4 : 0);
        float x = Margin;
        var row = 0;
        foreach (var (name, symbol) in legend)
        {
            var needed = SymbolWidth + style.Measure(name, ChartStyle.SmallSize) + Gap;
            if (x > Margin && x + needed > style.Width)
            {
                x = Margin;
                row++;
            }

            _items.Add((x, row, name, symbol));
            x += needed;
        }

        Height = _legendTop + (_items.Count > 0 ? ((row + 1) * LineHeight) + 6 : 0) + (_lines.Count > 0 ? 8 : 4);
    }

    /// <summary>The height that it takes.</summary>
    public float Height { get; }

    /// <inheritdoc/>
    public override void Render(RenderPack rp, float size, float offset)
    {
        float y = 6;
        foreach (var (text, lineSize, color) in _lines)
        {
            _style.Label(text, lineSize, color, Alignment.UpperLeft).Render(rp.Canvas, new Pixel(Margin, y), rp.Paint);
            y += lineSize + 7;
        }

        foreach (var (x, line, name, symbol) in _items)
        {
            var middle = _legendTop + (line * LineHeight) + (LineHeight / 2) + 2;
            symbol(rp, new Pixel(x + (SymbolWidth / 2) - 3, middle));
            _style.Label(name, ChartStyle.SmallSize, ChartColor.Ink, Alignment.MiddleLeft).Render(rp.Canvas, new Pixel(x + SymbolWidth, middle), rp.Paint);
        }
    }

    /// <summary>Adds a text in as many lines as it needs.</summary>
    private void AddText(string text, float size, ChartColor color)
    {
        var line = "";
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = line.Length == 0 ? word : line + " " + word;
            if (line.Length > 0 && _style.Measure(longer, size) > _style.Width - (2 * Margin))
            {
                _lines.Add((line, size, color));
                line = word;
            }
            else
            {
                line = longer;
            }
        }

        if (line.Length > 0)
        {
            _lines.Add((line, size, color));
        }
    }
}

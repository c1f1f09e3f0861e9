namespace Egress.Measurement.Report;

/// <summary>Draws charts. The one implementation lives in EgressBackend, as it needs a charting library.</summary>
public interface IChartRenderer
{
    /// <summary>
    /// Draws a chart as SVG. Every coloured element has the colour of light paper as an attribute and a class <c>f-</c> (fill) or
    /// <c>s-</c> (stroke) with the lower-case name of its <see cref="ChartColor"/>, so that a style sheet can give it another one.
    /// Text is text, in no particular font: the drawing looks the same whatever fonts this machine has.
    /// </summary>
    /// <param name="chart">The chart.</param>
    /// <param name="width">The width in pixels; the height follows from the content.</param>
    /// <param name="withTitle">Whether title and subtitle are drawn too, for a drawing that stands alone.</param>
    /// <returns>An <c>svg</c> element without an XML declaration.</returns>
    string DrawSvg(Chart chart, int width, bool withTitle);

    /// <summary>Draws a chart with its title as PNG on light paper, in a font of this machine.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="width">The width in units of a drawing in which letters are 13 units high.</param>
    /// <param name="scale">Pixels a unit.</param>
    /// <returns>The file's content.</returns>
    /// <exception cref="EgressException"><see cref="EgressErrorId.FontNotFound"/>: this machine has no font.</exception>
    byte[] DrawPng(Chart chart, int width, double scale);
}

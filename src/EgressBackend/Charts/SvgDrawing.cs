using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Egress.Measurement.Report;

namespace Egress.Backend.Charts;

/// <summary>
/// Makes Skia's SVG fit for a page: colours that a style sheet can change, text that stays whole and centred in whatever font the
/// reader has, names that do not collide with those of the page's other drawings, and no more digits than can be seen.
/// </summary>
internal static partial class SvgDrawing
{
    private const string Fonts = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif";

    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    private static readonly Dictionary<string, string> s_names = Enum.GetValues<ChartColor>()
        .ToDictionary(ChartPalette.Light, color => color.ToString().ToLowerInvariant(), StringComparer.OrdinalIgnoreCase);

    /// <summary>Cleans a drawing.</summary>
    /// <param name="xml">The drawing as Skia wrote it, laid out in <see cref="MetricsFont"/>.</param>
    /// <param name="name">A name that no other drawing of the page has.</param>
    public static string Clean(string xml, string name)
    {
        var svg = XDocument.Parse(xml).Root!;
        svg.SetAttributeValue("viewBox", $"0 0 {svg.Attribute("width")!.Value} {svg.Attribute("height")!.Value}");
        svg.SetAttributeValue("font-family", Fonts);
        svg.Attribute(XNamespace.Xmlns + "xlink")?.Remove();

        // ScottPlot clears its canvas with white before it draws the paper.
        svg.Elements(s_svg + "rect").FirstOrDefault(rect => rect.Attribute("fill")?.Value == "white")?.Remove();
        svg.Elements(s_svg + "path").Where(path => Nothing().IsMatch(path.Attribute("d")!.Value)).Remove();

        // Skia numbers them on through all drawings of the process; the same chart shall give the same drawing.
        var ids = svg.Descendants().Attributes("id").Select((id, index) => (id.Value, Name: $"{name}-{index}")).ToDictionary(id => id.Value, id => id.Name);
        foreach (var element in svg.Descendants().ToList())
        {
            if (element.Name == s_svg + "text")
            {
                JoinText(element);
            }

            SetClass(element);
            foreach (var attribute in element.Attributes().ToList())
            {
                attribute.Value = attribute.Name.LocalName switch
                {
                    "id" => ids[attribute.Value],
                    "clip-path" => $"url(#{ids[attribute.Value["url(#".Length..^1]]})",
                    "d" or "x" or "y" or "width" or "height" or "transform" or "points" or "cx" or "cy" or "r" or "rx" or "ry"
                        or "fill-opacity" or "stroke-opacity" => Number().Replace(attribute.Value, match => Round(match.Value)),
                    _ => attribute.Value,
                };
            }

            if (element.Attribute("stroke-miterlimit")?.Value == "4")
            {
                element.Attribute("stroke-miterlimit")!.Remove();
            }
        }

        return svg.ToString(SaveOptions.DisableFormatting);
    }

    /// <summary>
    /// Skia places every letter by the widths of the font that it laid the text out in. Set as a whole instead, by its beginning,
    /// middle or end as it was meant, the text is right in any font.
    /// </summary>
    private static void JoinText(XElement element)
    {
        // Skia joins spaces and adds some around.
        var text = string.Join(' ', element.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        var size = double.Parse(element.Attribute("font-size")!.Value, CultureInfo.InvariantCulture);
        var left = First(element, "x");
        var width = MetricsFont.Width(text, size);
        var (anchor, shift) = Math.Abs(left + (width / 2)) < 1 ? ("middle", width / 2) : Math.Abs(left + width) < 1 ? ("end", width) : ("start", 0);
        element.Value = text;
        element.SetAttributeValue("x", (left + shift + 0.0).ToString(CultureInfo.InvariantCulture));
        element.SetAttributeValue("y", First(element, "y").ToString(CultureInfo.InvariantCulture));
        element.SetAttributeValue("font-family", null);
        element.SetAttributeValue("text-anchor", anchor == "start" ? null : anchor);
    }

    private static double First(XElement element, string attribute) => double.Parse(
        element.Attribute(attribute)?.Value.Split(',', StringSplitOptions.TrimEntries)[0] ?? "0", CultureInfo.InvariantCulture);

    private static void SetClass(XElement element)
    {
        var classes = string.Join(' ', ((string?[])[Class(element, "fill", "f-"), Class(element, "stroke", "s-")]).Where(name => name is not null));
        if (classes.Length > 0)
        {
            element.SetAttributeValue("class", classes);
        }
    }

    private static string? Class(XElement element, string attribute, string prefix) =>
        element.Attribute(attribute) is { } color && s_names.TryGetValue(color.Value, out var name) ? prefix + name : null;

    private static string Round(string number) =>
        double.Parse(number, CultureInfo.InvariantCulture).ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>A line to where it begins: a mark of an axis without length.</summary>
    [GeneratedRegex(@"^M(\S+ \S+)L\1$")]
    private static partial Regex Nothing();

    [GeneratedRegex(@"-?\d+\.\d+(?:[eE][-+]?\d+)?")]
    private static partial Regex Number();
}

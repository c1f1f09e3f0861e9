using ScottPlot;
using SkiaSharp;

namespace Egress.Backend.Charts;

/// <summary>The fonts that charts are drawn in, and where ScottPlot gets them.</summary>
internal sealed class ChartFonts : IFontResolver
{
    // What systems have, the better ones first.
    private static readonly string[] s_preferred =
    [
        "Inter", "Noto Sans", "Open Sans", "Roboto", "Liberation Sans", "Arimo", "Arial", "Helvetica", "DejaVu Sans", "FreeSans", "Ubuntu", "Cantarell",
    ];

    private static readonly Lazy<string> s_system = new(() => Choose(SKFontManager.Default.FontFamilies));
    private static readonly Lazy<SKTypeface> s_metrics = new(() => SKTypeface.FromData(SKData.CreateCopy(MetricsFont.Create())));

    static ChartFonts() => Fonts.FontResolvers.Insert(0, new ChartFonts());

    private ChartFonts()
    {
    }

    /// <summary>The font for drawings whose text stays text.</summary>
    public static string Metrics => MetricsFont.Family;

    /// <summary>A sans-serif font of this machine, for pictures.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.FontNotFound"/>.</exception>
    public static string System => s_system.Value;

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
        fontName == MetricsFont.Family ? s_metrics.Value : null;

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == MetricsFont.Family ? s_metrics.Value : null;

    /// <summary>The best of some families for charts.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.FontNotFound"/>: there is none.</exception>
    public static string Choose(IEnumerable<string> families)
    {
        var named = families.Where(family => !string.IsNullOrEmpty(family)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return s_preferred.FirstOrDefault(named.Contains) ?? named.Order(StringComparer.Ordinal).FirstOrDefault() ?? throw new EgressException(
            EgressErrorId.FontNotFound,
            EgressErrorCategory.NotInstalled,
            "PNG pictures of charts need a font, and none was found in /usr/share/fonts.",
            "Install one, such as the package fonts-dejavu-core, or name a file that ends in .svg with -PlotPath: SVG needs none.");
    }
}

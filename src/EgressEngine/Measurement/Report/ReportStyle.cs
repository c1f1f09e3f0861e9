using System.Text;

namespace Egress.Measurement.Report;

/// <summary>
/// The report's style sheet: light and dark after the reader's system, light in print, one column that fits a phone. It holds neither
/// <c>&lt;</c>, <c>&gt;</c> nor <c>&amp;</c>, which XML and HTML read differently within a style element.
/// </summary>
internal static class ReportStyle
{
    private const string Layout = """
        *{box-sizing:border-box}
        html{background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;-webkit-text-size-adjust:100%}
        body{max-width:60rem;margin:0 auto;padding:1.5rem 1.25rem 3rem}
        h1{font-size:1.75rem;line-height:1.2;margin:0 0 .25rem}
        h2{font-size:1.3rem;margin:2.75rem 0 1rem;padding-bottom:.3rem;border-bottom:1px solid var(--rule)}
        h3{font-size:1.05rem;margin:0}
        p{margin:.4rem 0 .8rem}
        a{color:var(--pipelined)}
        code{font-size:.9em}
        .subtitle,.note,figcaption,caption,footer{color:var(--faint);font-size:.875rem}
        .subtitle{margin:0 0 .5rem;overflow-wrap:anywhere}
        .answer{font-size:1.1rem;margin:1rem 0 .75rem;overflow-wrap:anywhere}
        .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.25rem,1fr));gap:.75rem;margin:0 0 1rem}
        .figures div{border:1px solid var(--rule);border-radius:.5rem;padding:.6rem .8rem;display:flex;flex-direction:column-reverse;justify-content:flex-end}
        .figures dt{color:var(--faint);font-size:.8rem}
        .figures dd{margin:0;font-size:1.45rem;font-weight:600;line-height:1.25}
        .figures .note{display:block;font-weight:400;font-size:.8rem}
        .advice{border-left:4px solid var(--pipelined);padding:.5rem .8rem;background:var(--shade);border-radius:0 .4rem .4rem 0}
        .warnings{border-left:4px solid var(--limit);margin:1rem 0;padding:.5rem .8rem .5rem 1.8rem;background:var(--shade);border-radius:0 .4rem .4rem 0}
        figure{margin:0 0 2.25rem;break-inside:avoid}
        figcaption{margin-top:.25rem}
        .chart svg{display:block;width:100%;height:auto}
        .grid{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));column-gap:1.5rem}
        .narrow{display:none}
        .narrow svg{max-width:27rem;margin:0 auto}
        .scroll{overflow-x:auto;margin:0 0 1.5rem}
        .scroll:focus-visible{outline:2px solid var(--pipelined)}
        table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums;min-width:100%}
        caption{text-align:left;padding:.25rem 0;position:sticky;left:0;max-width:calc(100vw - 2.5rem)}
        th,td{padding:.35rem .6rem;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top;white-space:nowrap}
        thead th{border-bottom:2px solid var(--rule);color:var(--faint);font-weight:600;vertical-align:bottom}
        tbody th{font-weight:400}
        .number{text-align:right}
        td.text{white-space:normal;min-width:14rem;overflow-wrap:anywhere}
        .best td,.best th{font-weight:700}
        tr:target{background:var(--shade)}
        tr:has(th:target){background:var(--shade)}
        .facts th{color:var(--faint);width:11rem}
        .facts th.group{color:var(--ink);font-weight:600;padding-top:.9rem}
        .facts td.text{min-width:0}
        footer{margin-top:2.5rem}
        footer dt{font-weight:600}
        footer dd{margin:0 0 .5rem}
        @media (max-width:640px){
        body{padding:1rem .9rem 2rem}
        h1{font-size:1.4rem}
        .wide{display:none}
        .narrow{display:block}
        .grid{grid-template-columns:minmax(0,1fr)}
        .figures{grid-template-columns:repeat(2,1fr)}
        .facts th{width:auto;white-space:normal}
        }
        @media print{
        @page{margin:14mm}
        html{font-size:11px}
        body{max-width:none;padding:0}
        h2,h3{break-after:avoid}
        tr{break-inside:avoid}
        .wide{display:block}
        .narrow{display:none}
        .scroll{overflow:visible}
        table{font-size:.72rem}
        th,td{white-space:normal;padding:.25rem .3rem}
        .number{white-space:nowrap}
        td.text{min-width:0}
        p.note{break-after:avoid}
        thead{display:table-header-group}
        a{color:inherit;text-decoration:none}
        }
        """;

    /// <summary>The style sheet.</summary>
    public static string Sheet { get; } = Create();

    /// <summary>The style sheet of a drawing that stands alone: what light paper's colours become on dark paper.</summary>
    public static string DarkDrawing { get; } = "@media (prefers-color-scheme:dark){" + string.Concat(Enum.GetValues<ChartColor>().Select(color =>
        $".f-{Name(color)}{{fill:{ChartPalette.Dark(color)}}}.s-{Name(color)}{{stroke:{ChartPalette.Dark(color)}}}")) + "}";

    /// <summary>The name of a colour in the style sheet and in the classes of drawings.</summary>
    public static string Name(ChartColor color) => color.ToString().ToLowerInvariant();

    private static string Create()
    {
        var sheet = new StringBuilder("\n:root{color-scheme:light dark;").Append(Variables(ChartPalette.Light, "#F3F6FA")).Append("}\n");
        sheet.Append("@media screen and (prefers-color-scheme:dark){:root{").Append(Variables(ChartPalette.Dark, "#1F2630")).Append("}}\n");
        sheet.Append("@media print{:root{color-scheme:light;-webkit-print-color-adjust:exact;print-color-adjust:exact}}\n");
        foreach (var color in Enum.GetValues<ChartColor>())
        {
            var name = Name(color);
            sheet.Append($".f-{name}{{fill:var(--{name})}}.s-{name}{{stroke:var(--{name})}}\n");
        }

        return sheet.Append(Layout).Append('\n').ToString();
    }

    private static string Variables(Func<ChartColor, string> palette, string shade) =>
        string.Concat(Enum.GetValues<ChartColor>().Select(color => $"--{Name(color)}:{palette(color)};")) + $"--shade:{shade};";
}

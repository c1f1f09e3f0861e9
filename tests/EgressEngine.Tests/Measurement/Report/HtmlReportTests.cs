using System.Xml.Linq;
using Egress.Measurement.Report;
using static Egress.Tests.Measurement.Report.SampleResults;

namespace Egress.Tests.Measurement.Report;

/// <summary>The report as a file: well-formed, whole in itself, and readable by everyone.</summary>
public sealed class HtmlReportTests
{
    private static readonly string[] s_outside = ["src", "srcset", "data", "action", "poster", "background"];

    [Fact]
    public void It_is_well_formed_and_needs_nothing_from_elsewhere()
    {
        var text = Write([.. Article, Failed]);
        Assert.StartsWith("<!DOCTYPE html>\n<html lang=\"en\">", text, StringComparison.Ordinal);
        var html = Parse(text);
        Assert.DoesNotContain(html.Descendants(), element => element.Name.LocalName is "script" or "link" or "iframe" or "object" or "img" or "base");
        Assert.All(html.Descendants().Attributes(), attribute =>
        {
            Assert.DoesNotContain(attribute.Name.LocalName, s_outside);
            Assert.False(attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal), attribute.ToString());
            Assert.True(attribute.Name.LocalName != "href" || attribute.Value.StartsWith('#'), attribute.ToString());
        });
        var style = html.Descendants("style").First().Value;
        Assert.DoesNotContain("url(", style, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", style, StringComparison.Ordinal);
    }

    [Fact]
    public void Elements_without_content_are_closed_as_html_wants_it()
    {
        // What HTML does not know as void it would leave open.
        var text = Write([Result("Pipelined", 1) with { LimitedBy = null, Verified = null }, Result("Baseline", 1)]);
        Assert.Empty(System.Text.RegularExpressions.Regex.Matches(text, "<(?!meta|br|hr|col|rect|path)[a-z0-9]+[^<>]*/>"));
    }

    [Fact]
    public void Texts_are_escaped_and_characters_that_no_page_may_hold_replaced()
    {
        var text = Write([Failed with { Model = "\u001b[31mred\ud800<script>alert(1)</script>" }, .. Article]);
        Assert.DoesNotContain("<script", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
        var page = Parse(text).ToString(SaveOptions.DisableFormatting);
        Assert.Contains("\ufffd[31mred\ufffd&lt;script", page, StringComparison.Ordinal);
        Assert.Contains("No room for &lt;b&gt;11 GB&lt;/b&gt; &amp; more.", page, StringComparison.Ordinal);
        Assert.Contains("<title>Title &amp; more</title>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_lead_somewhere_and_ids_are_unique()
    {
        var html = Parse(Write([.. Article, Result("Pipelined", 1.7, buffers: 2), Failed]));
        var ids = html.Descendants().Attributes("id").Select(id => id.Value).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(html.Descendants().Attributes("href"), link => Assert.Contains(link.Value[1..], ids));
        Assert.Contains(html.Descendants().Attributes("href"), link => link.Value == "#failed");
    }

    [Fact]
    public void Every_chart_has_a_text_for_those_who_do_not_see_it_in_both_widths()
    {
        var report = Make(Article);
        var html = Parse(new HtmlReport(report, new BoxRenderer()).Write());
        var charts = html.Descendants("figure").ToList();
        Assert.Equal(report.Charts.Count(), charts.Count);
        Assert.All(charts, figure =>
        {
            var drawings = figure.Descendants().Where(element => element.Name.LocalName == "svg").ToList();
            Assert.Equal(2, drawings.Count);
            Assert.True((int)drawings[0].Attribute("width")! > (int)drawings[1].Attribute("width")!);
            Assert.All(drawings, svg => Assert.Equal("img", svg.Attribute("role")!.Value));
            Assert.All(drawings, svg => Assert.NotEmpty(svg.Attribute("aria-label")!.Value));
        });
    }

    [Fact]
    public void Every_table_has_a_caption_and_every_cell_a_heading()
    {
        var html = Parse(Write([.. Article, Failed]));
        Assert.All(html.Descendants("table"), table =>
        {
            Assert.NotEmpty(table.Element("caption")!.Value);
            Assert.All(table.Descendants("th"), heading => Assert.NotNull(heading.Attribute("scope")));
            var columns = table.Element("thead")?.Descendants("th").Count() ?? 2;
            Assert.All(table.Elements("tbody").Elements("tr"), row =>
                Assert.Equal(columns, row.Elements().Sum(cell => (int?)cell.Attribute("colspan") ?? 1)));
        });
    }

    [Fact]
    public void It_tells_all_that_was_measured_and_how()
    {
        var noisy = Result("Pipelined", 1.9, workers: 4) with { IsNoisy = true, Advice = "Take more workers with -WorkerCount 8." };
        var text = Parse(Write([.. Article, noisy, Failed])).Element("body")!.Value;
        Assert.Contains("Fastest: Pipelined, batches of 64, 4\u00A0workers", text, StringComparison.Ordinal);
        Assert.Contains("Take more workers with -WorkerCount 8.", text, StringComparison.Ordinal);
        Assert.Contains("1\u00A0configuration failed", text, StringComparison.Ordinal);
        Assert.Contains("1\u00A0configuration measured with much noise", text, StringComparison.Ordinal);
        Assert.Contains("≈ 1.90", text, StringComparison.Ordinal);
        Assert.Contains("DeviceMemoryExhausted", text, StringComparison.Ordinal);
        Assert.Contains("Ask for less with -BatchSize.", text, StringComparison.Ordinal);
        Assert.Contains("Measure-EgressThroughput <all>", text, StringComparison.Ordinal);
        Assert.All(Article, result => Assert.Contains(result.Strategy, text, StringComparison.Ordinal));
    }

    [Fact]
    public void Bytes_that_arrived_wrong_cannot_be_overlooked() => Assert.Contains(
        "1\u00A0configuration delivered bytes that differ", Parse(Write([.. Article, Result("AsyncCopy", 9) with { Verified = false }])).Value, StringComparison.Ordinal);

    [Fact]
    public void Limits_that_cannot_be_are_pointed_out() => Assert.Contains(
        "1\u00A0configuration ran faster than the limit", Parse(Write([.. Article, Result("AsyncCopy", 9) with { Efficiency = 4 }])).Value, StringComparison.Ordinal);

    [Fact]
    public void Results_of_another_machine_are_not_taken_for_this_ones() => Assert.Contains(
        "Results of gpu-node-7", Parse(Write([.. Article.Select(result => result with { Machine = "gpu-node-7" })])).Value, StringComparison.Ordinal);

    [Fact]
    public void A_sweep_that_failed_altogether_has_a_report_too()
    {
        var html = Parse(Write([Failed]));
        Assert.Empty(html.Descendants("figure"));
        Assert.Contains("DeviceMemoryExhausted", html.Value, StringComparison.Ordinal);
    }

    private static string Write(IEnumerable<ReportResult> results) => new HtmlReport(Make(results), new BoxRenderer()).Write();

    private static XElement Parse(string text) => XElement.Parse(text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
}

/// <summary>Draws every chart as an empty box.</summary>
internal sealed class BoxRenderer(Func<EgressException>? fails = null) : IChartRenderer
{
    public string DrawSvg(Chart chart, int width, bool withTitle) =>
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"10\"><rect width=\"{width}\" height=\"10\" /></svg>";

    public byte[] DrawPng(Chart chart, int width, double scale) => fails is null ? [1, 2, 3] : throw fails();
}

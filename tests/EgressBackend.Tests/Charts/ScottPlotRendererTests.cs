using System.Buffers.Binary;
using System.Globalization;
using System.Xml.Linq;
using Egress.Backend.Charts;
using Egress.Measurement.Report;

namespace Egress.Backend.Tests.Charts;

/// <summary>Charts as drawings and as pictures.</summary>
public sealed class ScottPlotRendererTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    private readonly ScottPlotRenderer _renderer = new();

    public static TheoryData<string> Charts => SampleCharts.Names;

    [Theory]
    [MemberData(nameof(Charts))]
    public void A_drawing_is_as_wide_as_asked_for_and_holds_no_more_than_shapes_and_text(string name)
    {
        foreach (var width in (int[])[360, 920])
        {
            var svg = XElement.Parse(_renderer.DrawSvg(SampleCharts.Get(name), width, withTitle: true));
            Assert.Equal(s_svg + "svg", svg.Name);
            Assert.Equal(width, (int)svg.Attribute("width")!);
            Assert.InRange((int)svg.Attribute("height")!, 80, 600);
            Assert.Equal($"0 0 {width} {svg.Attribute("height")!.Value}", svg.Attribute("viewBox")!.Value);
            Assert.Subset(
                new HashSet<string> { "rect", "path", "text", "g", "clipPath", "circle", "ellipse", "line", "polygon", "polyline" },
                svg.Descendants().Select(element => element.Name.LocalName).ToHashSet());
            Assert.DoesNotContain("NaN", svg.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Charts))]
    public void Every_colour_has_a_class_by_which_a_page_can_change_it(string name)
    {
        var svg = XElement.Parse(_renderer.DrawSvg(SampleCharts.Get(name), 920, withTitle: true));
        var classes = Enum.GetNames<ChartColor>().Select(color => color.ToLowerInvariant()).ToHashSet();
        Assert.All(svg.Descendants(), element =>
        {
            var given = (element.Attribute("class")?.Value ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            foreach (var (attribute, prefix) in (ReadOnlySpan<(string, string)>)[("fill", "f-"), ("stroke", "s-")])
            {
                var color = element.Attribute(attribute)?.Value;
                Assert.True(color is null or "none" || given.Any(name => name.StartsWith(prefix, StringComparison.Ordinal)), element.ToString());
            }

            Assert.All(given, name => Assert.Contains(name[2..], classes));
        });
    }

    [Theory]
    [MemberData(nameof(Charts))]
    public void Drawings_of_one_page_share_no_names(string name)
    {
        var chart = SampleCharts.Get(name);
        var wide = Ids(_renderer.DrawSvg(chart, 920, withTitle: false));
        var narrow = Ids(_renderer.DrawSvg(chart, 360, withTitle: false));
        Assert.Empty(wide.Intersect(narrow));
        Assert.Equal(wide.Count, wide.Distinct().Count());
    }

    [Fact]
    public void Text_is_whole_and_in_no_font_of_this_machine()
    {
        var svg = XElement.Parse(_renderer.DrawSvg(SampleCharts.Bars, 920, withTitle: true));
        var texts = svg.Descendants(s_svg + "text").ToDictionary(text => text.Value);
        foreach (var text in (string[])["Throughput by strategy", "größer & <kleiner>", "Baseline", "1.85 (4.11×)", "limit 1.92 (Compute)", "steps per second"])
        {
            Assert.True(texts.ContainsKey(text), text);
        }

        Assert.All(texts.Values, text => Assert.Null(text.Attribute("font-family")));
        Assert.All(texts.Values, text => Assert.DoesNotContain(',', text.Attribute("x")!.Value));
        Assert.Equal("end", texts["Baseline"].Attribute("text-anchor")!.Value);
        Assert.Equal("end", texts["1.85 (4.11×)"].Attribute("text-anchor")!.Value);
        Assert.Equal("middle", texts["steps per second"].Attribute("text-anchor")!.Value);
        Assert.Null(texts["Throughput by strategy"].Attribute("text-anchor"));
    }

    [Fact]
    public void A_bar_is_as_long_as_its_value_and_the_limit_lies_at_its_own()
    {
        var svg = XElement.Parse(_renderer.DrawSvg(SampleCharts.Bars, 920, withTitle: false));
        var bars = svg.Descendants(s_svg + "rect").Where(rect => rect.Attribute("class")?.Value is "f-baseline" or "f-pipelined").ToList();
        Assert.Equal(2, bars.Count);
        Assert.Equal(1.85 / 0.45, Number(bars[1], "width") / Number(bars[0], "width"), 2);

        // Its dashes are areas, a unit to either side.
        var x = Points(svg.Descendants(s_svg + "path").Single(path => path.Attribute("class")?.Value == "f-limit")).Average(point => point.X);
        Assert.Equal(1.92 / 1.85, (x - Number(bars[1], "x")) / Number(bars[1], "width"), 2);
    }

    [Fact]
    public void A_whisker_reaches_from_the_lower_to_the_upper_end()
    {
        var chart = SampleCharts.Bars with { Bars = [new ChartBar("a", 100, "100", ChartColor.Other, new Interval(70, 110))], Limit = null };
        var svg = XElement.Parse(_renderer.DrawSvg(chart, 920, withTitle: false));
        var bar = svg.Descendants(s_svg + "rect").Single(rect => rect.Attribute("class")?.Value == "f-other");
        var ends = svg.Descendants(s_svg + "path").Where(path => path.Attribute("class")?.Value == "s-ink").SelectMany(Points).Select(point => point.X).ToList();
        Assert.Equal(0.7, (ends.Min() - Number(bar, "x")) / Number(bar, "width"), 2);
        Assert.Equal(1.1, (ends.Max() - Number(bar, "x")) / Number(bar, "width"), 2);
    }

    [Fact]
    public void One_bad_interval_does_not_flatten_the_others_and_its_text_stays_in_the_drawing()
    {
        var chart = SampleCharts.Bars with { Bars = [new ChartBar("a", 100, "100 (1.00×)", ChartColor.Other, new Interval(0, 9000)), new ChartBar("b", 90, "90", ChartColor.Baseline, null)], Limit = null };
        var svg = XElement.Parse(_renderer.DrawSvg(chart, 360, withTitle: false));
        Assert.True(Number(svg.Descendants(s_svg + "rect").Single(rect => rect.Attribute("class")?.Value == "f-other"), "width") > 80);
        var text = svg.Descendants(s_svg + "text").Single(text => text.Value == "100 (1.00×)");
        Assert.Null(text.Attribute("text-anchor"));
        var left = double.Parse(text.Attribute("transform")!.Value["translate(".Length..].Split(' ')[0], CultureInfo.InvariantCulture);
        Assert.True(left + MetricsFont.Width(text.Value, 13) <= 360);
    }

    [Fact]
    public void A_whisker_of_a_point_reaches_as_far()
    {
        var chart = SampleCharts.Lines with { Series = [new ChartSeries("a", ChartColor.Other, [new ChartPoint(1, 100, new Interval(50, 110))], [], false)] };
        var svg = XElement.Parse(_renderer.DrawSvg(chart, 920, withTitle: false));
        var ends = svg.Descendants(s_svg + "path").Where(path => path.Attribute("class")?.Value == "s-other").SelectMany(Points).Select(point => point.Y).ToList();
        var zero = Points(svg.Elements(s_svg + "path").First(path => path.Attribute("class")?.Value == "s-rule")).Max(point => point.Y);

        // Downwards: the lower end is nearer to the axis.
        Assert.Equal(50.0 / 110, (zero - ends.Max()) / (zero - ends.Min()), 2);
    }

    [Fact]
    public void Blocks_of_a_timeline_lie_where_they_happened_and_what_is_short_is_seen()
    {
        var svg = XElement.Parse(_renderer.DrawSvg(SampleCharts.Timeline, 920, withTitle: false));
        var blocks = svg.Descendants(s_svg + "rect").Where(rect => rect.Attribute("class")?.Value == "f-compute").OrderBy(rect => Number(rect, "x")).ToList();
        var ground = svg.Descendants(s_svg + "rect").First(rect => rect.Attribute("class")?.Value == "f-rule");
        Assert.Equal(2, blocks.Count);
        Assert.Equal(20.0 / 60, Number(blocks[0], "width") / Number(ground, "width"), 2);
        Assert.Equal(40.0 / 60, (Number(blocks[1], "x") - Number(ground, "x")) / Number(ground, "width"), 2);
        Assert.True(Number(blocks[1], "width") >= 0.5);
        Assert.Contains(svg.Descendants(s_svg + "text"), text => text.Value == "1");
    }

    [Theory]
    [InlineData(40)]
    [InlineData(200)]
    public void Marks_of_an_axis_do_not_run_into_each_other(int count)
    {
        var ticks = Enumerable.Range(1, count).Select(i => new ChartTick(i, i.ToString(CultureInfo.InvariantCulture))).ToList();
        var chart = SampleCharts.Lines with
        {
            Ticks = ticks,
            Series = [new ChartSeries("a", ChartColor.Other, [.. ticks.Select(tick => new ChartPoint(tick.Position, 1))], [], true)],
        };
        var svg = XElement.Parse(_renderer.DrawSvg(chart, 360, withTitle: false));
        var shown = svg.Descendants(s_svg + "text").Where(text => int.TryParse(text.Value, out var number) && number > 0 && text.Attribute("text-anchor")?.Value == "middle")
            .Select(text => double.Parse(text.Attribute("transform")!.Value["translate(".Length..].Split(' ')[0], CultureInfo.InvariantCulture))
            .Order().ToList();
        Assert.InRange(shown.Count, 4, 20);
        Assert.All(shown.Zip(shown.Skip(1)), pair => Assert.True(pair.Second - pair.First > 12));
        Assert.Contains(svg.Descendants(s_svg + "text"), text => text.Value == count.ToString(CultureInfo.InvariantCulture));
    }

    [Theory]
    [MemberData(nameof(Charts))]
    public void A_picture_has_the_pixels_asked_for(string name)
    {
        var png = _renderer.DrawPng(SampleCharts.Get(name), 500, 1.5);
        var svg = XElement.Parse(_renderer.DrawSvg(SampleCharts.Get(name), 500, withTitle: true));
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], png[..4]);
        Assert.Equal(750, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)));
        Assert.Equal((int)((int)svg.Attribute("height")! * 1.5), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)));
        Assert.True(png.Length > 3000, $"{png.Length} bytes hold no drawing.");
    }

    [Fact]
    public void Without_a_font_there_is_no_picture_and_the_error_tells_the_way_out()
    {
        var error = Assert.Throws<EgressException>(() => ChartFonts.Choose([""]));
        Assert.Equal((EgressErrorId.FontNotFound, EgressErrorCategory.NotInstalled), (error.ErrorId, error.Category));
        Assert.Contains(".svg", error.Advice, StringComparison.Ordinal);
        Assert.Equal("DejaVu Sans", ChartFonts.Choose(["DejaVu Serif", "DejaVu Sans"]));
        Assert.Equal("Comic", ChartFonts.Choose(["Zapfino", "Comic"]));
    }

    [Fact]
    public void Charts_can_be_drawn_on_several_threads_at_once()
    {
        var drawn = new string[16];
        Parallel.For(0, drawn.Length, i => drawn[i] = _renderer.DrawSvg(SampleCharts.All[i % 4], 600, withTitle: true));
        Assert.Equal(4, drawn.Distinct().Count());
    }

    private static IEnumerable<(double X, double Y)> Points(XElement path) => path.Attribute("d")!.Value
        .Split(['M', 'L'], StringSplitOptions.RemoveEmptyEntries)
        .Select(point => point.Split(' ').Select(part => double.Parse(part, CultureInfo.InvariantCulture)).ToArray())
        .Select(point => (point[0], point[1]));

    private static List<string> Ids(string svg) => [.. XElement.Parse(svg).Descendants().Attributes("id").Select(id => id.Value)];

    private static double Number(XElement element, string attribute) => double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);
}

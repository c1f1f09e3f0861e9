using Egress.Backend.Charts;
using SkiaSharp;

namespace Egress.Backend.Tests.Charts;

/// <summary>The font that has widths and no shapes.</summary>
public sealed class MetricsFontTests : IDisposable
{
    private readonly SKTypeface _typeface = SKTypeface.FromData(SKData.CreateCopy(MetricsFont.Create()));

    [Fact]
    public void Skia_takes_it_for_a_font_of_its_name()
    {
        Assert.Equal(MetricsFont.Family, _typeface.FamilyName);
        Assert.False(_typeface.IsBold);
        Assert.Equal(1000, _typeface.UnitsPerEm);
    }

    [Theory]
    [InlineData("Throughput 0.45 (4.11×)")]
    [InlineData("größer, Ελληνικά, кириллица")]
    [InlineData("日本語 …")]
    public void Texts_are_as_wide_for_skia_as_they_are_said_to_be(string text)
    {
        using var font = new SKFont(_typeface, 100) { Subpixel = true, Hinting = SKFontHinting.None };
        Assert.DoesNotContain((ushort)0, font.GetGlyphs(text));
        Assert.Equal(MetricsFont.Width(text, 100), font.MeasureText(text), 0.6);
    }

    public void Dispose() => _typeface.Dispose();
}

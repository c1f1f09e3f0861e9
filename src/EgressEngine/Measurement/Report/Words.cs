using System.Globalization;

namespace Egress.Measurement.Report;

/// <summary>
/// Numbers as people read them, with a point for decimals wherever the report is made, and a space that no line ends at before units.
/// </summary>
internal static class Words
{
    /// <summary>A number with its noun: <c>1 worker</c>, <c>2 workers</c>.</summary>
    public static string Count(long count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count}\u00A0{noun}{(count == 1 ? "" : "s")}");

    /// <summary>A rate or a time in three significant digits at least, and no decimals that say nothing: <c>0.45</c>, <c>6.80</c>, <c>1,234</c>.</summary>
    public static string Number(double value) => Math.Abs(value) switch
    {
        _ when !double.IsFinite(value) => "–",
        0 => "0",
        < 0.01 => value.ToString("0.####", CultureInfo.InvariantCulture),
        < 1 => value.ToString("0.000", CultureInfo.InvariantCulture),
        < 10 => value.ToString("0.00", CultureInfo.InvariantCulture),
        < 100 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("#,0", CultureInfo.InvariantCulture),
    };

    /// <summary>A share in per cent.</summary>
    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:#,0.#}\u00A0%");

    /// <summary>A factor: <c>4.1×</c>.</summary>
    public static string Factor(double factor) => string.Create(CultureInfo.InvariantCulture, $"{factor:0.0#}×");

    /// <summary>A size in powers of ten, as memory is priced.</summary>
    public static string Bytes(double bytes)
    {
        var (scale, unit) = ByteUnit(bytes);
        return $"{Number(bytes / scale)}\u00A0{unit}";
    }

    /// <summary>The unit in which sizes up to the given one read well.</summary>
    public static (double Scale, string Unit) ByteUnit(double largest) => largest switch
    {
        >= 1e9 => (1e9, "GB"),
        >= 1e6 => (1e6, "MB"),
        _ => (1e3, "kB"),
    };

    /// <summary>Names in a row: <c>a</c>, <c>a and b</c>, <c>a, b and c</c>.</summary>
    public static string List(IReadOnlyList<string> names) => names.Count switch
    {
        0 => "",
        1 => names[0],
        _ => string.Join(", ", names.Take(names.Count - 1)) + " and " + names[^1],
    };

    /// <summary>A text that is no longer than asked for; the middle goes, as beginnings and ends tell most.</summary>
    public static string Shorten(string text, int length) =>
        text.Length <= length ? text : text[..((length - 1) / 2)] + "…" + text[^(length / 2)..];
}

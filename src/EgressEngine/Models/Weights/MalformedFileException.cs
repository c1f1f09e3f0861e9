namespace Egress.Models.Weights;

/// <summary>Why bytes are no file of their format, as the second half of a sentence; the path is added where it is known.</summary>
internal sealed class MalformedFileException(string reason, Exception? inner = null) : Exception(reason, inner)
{
    private const int LongestName = 120;

    /// <summary>A name from a file as it may stand in a message, in quotation marks.</summary>
    public static string Quote(string name) => $"'{Printable(name)}'";

    /// <summary>A name from a file, of bearable length and without control characters.</summary>
    public static string Printable(string name)
    {
        var shown = name.Length <= LongestName ? name : string.Concat(name.AsSpan(0, LongestName), "…");
        return string.Concat(shown.Select(c => char.IsControl(c) ? '?' : c));
    }
}

namespace Egress.Shell;

/// <summary>How many columns of a terminal text takes: East Asian wide and full-width characters take two.</summary>
internal static class CellWidth
{
    /// <summary>Columns of one UTF-16 unit. Both halves of a surrogate pair count one, which is right for most of them: two.</summary>
    public static int Of(char character) => character switch
    {
        < '\u0300' => 1,
        <= '\u036F' or '\u200B' or '\u200D' or (>= '\uFE00' and <= '\uFE0F') => 0,
        >= '\u1100' and <= '\u115F' => 2,
        >= '\u2E80' and <= '\u303E' => 2,
        >= '\u3041' and <= '\uA4CF' => 2,
        >= '\uAC00' and <= '\uD7A3' => 2,
        >= '\uF900' and <= '\uFAFF' => 2,
        >= '\uFE30' and <= '\uFE6F' => 2,
        >= '\uFF00' and <= '\uFF60' => 2,
        >= '\uFFE0' and <= '\uFFE6' => 2,
        _ => 1,
    };

    /// <summary>Columns of a text.</summary>
    public static int Of(ReadOnlySpan<char> text)
    {
        var columns = 0;
        foreach (var character in text)
        {
            columns += Of(character);
        }

        return columns;
    }

    /// <summary>The beginning of a text that fits into so many columns, with an ellipsis where something was left off.</summary>
    public static string Truncate(string text, int columns)
    {
        if (Of(text) <= columns)
        {
            return text;
        }

        var length = 0;
        for (var used = 1; length < text.Length && used + Of(text[length]) <= columns; length++)
        {
            used += Of(text[length]);
        }

        if (length > 0 && char.IsHighSurrogate(text[length - 1]))
        {
            length--;
        }

        return columns < 1 ? "" : string.Concat(text.AsSpan(0, length), "…");
    }
}

using System.Text;

namespace Egress.Measurement.Sweeps;

/// <summary>Comma-separated values as RFC 4180 has them, which is what Export-Csv writes.</summary>
internal static class CsvText
{
    /// <summary>A record with its line end.</summary>
    public static string Line(IEnumerable<string?> fields) => string.Join(',', fields.Select(Quote)) + "\n";

    /// <summary>
    /// Reads complete records: what follows the last line end, or a quote that nothing closes, is the rest of a write that was cut
    /// off.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="completeLength">Characters up to the end of the last complete record.</param>
    public static List<string[]> Read(string text, out int completeLength)
    {
        var records = new List<string[]>();
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        completeLength = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var character = text[i];
            if (quoted)
            {
                if (character != '"')
                {
                    field.Append(character);
                }
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    field.Append('"');
                    i++;
                }
                else
                {
                    quoted = false;
                }
            }
            else if (character == '"')
            {
                quoted = true;
            }
            else if (character is ',' or '\n')
            {
                fields.Add(field.ToString());
                field.Clear();
                if (character == '\n')
                {
                    if (fields is not [""])
                    {
                        records.Add([.. fields]);
                    }

                    fields.Clear();
                    completeLength = i + 1;
                }
            }
            else if (character is not '\r' and not '\uFEFF')
            {
                field.Append(character);
            }
        }

        return records;
    }

    private static string Quote(string? field) =>
        field is null ? "" : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

using System.Text.Json;
using Egress.Files;
using Egress.Measurement.Sweeps;

namespace Egress.Measurement.Comparison;

/// <summary>Reads results from what Export-Csv, ConvertTo-Json or a sweep's -Resume made of them.</summary>
public static class ThroughputFile
{
    private const int MostBytes = 1 << 30;

    /// <summary>Reads all results of a file.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.PathNotFound"/>, <see cref="EgressErrorId.InputUnreadable"/> or
    /// <see cref="EgressErrorId.ThroughputRecordInvalid"/>.</exception>
    public static IReadOnlyList<ThroughputResult> Read(string path)
    {
        if (SmallFile.Read(path, MostBytes, out var problem) is not { } bytes)
        {
            throw new EgressException(
                problem!.ErrorId,
                problem.Category,
                $"The results could not be read: {problem.Message}",
                "Name a file that Export-Csv, ConvertTo-Json or Measure-EgressThroughput -Resume has written.",
                path,
                problem.Cause);
        }

        var text = new StreamReader(new MemoryStream(bytes)).ReadToEnd();
        try
        {
            return text.TrimStart().StartsWith('[') || text.TrimStart().StartsWith('{') ? ReadJson(text) : ReadCsv(text);
        }
        catch (Exception error) when (error is EgressException or JsonException)
        {
            throw new EgressException(
                EgressErrorId.ThroughputRecordInvalid,
                EgressErrorCategory.InvalidData,
                $"'{path}' holds no results of a measurement: {error.Message}",
                "Name a file that Export-Csv, ConvertTo-Json or Measure-EgressThroughput -Resume has written.",
                path,
                error);
        }
    }

    private static List<ThroughputResult> ReadCsv(string text)
    {
        // A table that was not written to its end is a table; so is one whose last line has no end.
        var records = CsvText.Read(text.EndsWith('\n') ? text : text + "\n", out _);
        if (records.Count == 0)
        {
            return [];
        }

        var columns = records[0].Select((name, index) => (name, index)).ToDictionary(
            entry => entry.name, entry => entry.index, StringComparer.OrdinalIgnoreCase);
        return [.. records.Skip(1).Select(record => ThroughputRecord.Read(
            name => columns.TryGetValue(name, out var index) && index < record.Length ? record[index] : null))];
    }

    private static List<ThroughputResult> ReadJson(string text)
    {
        using var document = JsonDocument.Parse(text);
        var elements = document.RootElement.ValueKind == JsonValueKind.Array
            ? document.RootElement.EnumerateArray().ToList()
            : [document.RootElement];
        return [.. elements.Select(element => ThroughputRecord.Read(
            name => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? Value(value) : null))];
    }

    private static object? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number => element.GetDouble(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Array => element.EnumerateArray().Select(Value).ToList(),
        _ => null,
    };
}

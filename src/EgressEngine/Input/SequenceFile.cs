using System.Globalization;
using System.Text;
using System.Text.Json;
using Egress.Backend;
using Egress.Files;

namespace Egress.Input;

/// <summary>
/// Reads sequences from a file, as they are asked for: <c>.txt</c> has one a line, <c>.jsonl</c> or <c>.ndjson</c> an object a line, <c>.csv</c>
/// and <c>.parquet</c> a row each.
/// </summary>
public static class SequenceFile
{
    /// <summary>The kinds of files that are read.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".txt", ".jsonl", ".ndjson", ".csv", ".parquet"];

    /// <summary>Reads a file's rows. A row that cannot be read comes with an error and the others go on.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="textColumn">The column or property with the texts.</param>
    /// <param name="idColumn">The one with the ids, or null.</param>
    /// <param name="backend">Gives the backend; asked only for files with columns.</param>
    /// <exception cref="EgressException">The file cannot be read, is damaged, or lacks a column; where it turns out only in the middle, the rows
    /// before it have been handed out.</exception>
    public static IEnumerable<(SequenceRow Row, ItemException? Error)> Read(string path, string textColumn, string? idColumn, Func<IBackend> backend)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(backend);
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".txt" => ReadLines(path).Where(line => line.Text.Length > 0).Select(line => (new SequenceRow(null, line.Text, line.Number), (ItemException?)null)),
            ".jsonl" or ".ndjson" => ReadLines(path).Where(line => line.Text.Length > 0).Select(line => ReadObject(path, line.Text, line.Number, textColumn, idColumn)),
            ".csv" or ".parquet" => backend().ReadRows(path, textColumn, idColumn).Select(row => (row, (ItemException?)null)),
            var other => throw new EgressException(
                EgressErrorId.SequenceFileInvalid, EgressErrorCategory.InvalidArgument, $"'{path}' is no kind of file that sequences are read from ({other}).",
                $"Name a file that ends in {string.Join(", ", Extensions)}.", path),
        };
    }

    /// <summary>Whether a file's name says that it is one of these kinds.</summary>
    public static bool Reads(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    private static IEnumerable<(string Text, long Number)> ReadLines(string path)
    {
        var handle = RegularFile.Open(path, out var problem) ?? throw problem!.ToException(path);

        // Whatever is no text shall not become vectors of question marks.
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        using var reader = new StreamReader(new FileStream(handle, FileAccess.Read, bufferSize: 1 << 16), encoding);
        for (long number = 1; ReadLine(path, reader, number) is { } line; number++)
        {
            yield return (line.Trim(), number);
        }
    }

    private static string? ReadLine(string path, StreamReader reader, long number)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (DecoderFallbackException error)
        {
            throw new EgressException(
                EgressErrorId.SequenceFileInvalid, EgressErrorCategory.InvalidData,
                string.Create(CultureInfo.InvariantCulture, $"'{path}' cannot be read: in line {number} or soon after it are bytes that are no UTF-8 text."),
                "Write the file in UTF-8. The lines before have been taken.", path, error);
        }
        catch (IOException error)
        {
            throw FileProblem.Unreadable(path, error).ToException(path);
        }
    }

    private static (SequenceRow Row, ItemException? Error) ReadObject(string path, string line, long number, string textColumn, string? idColumn)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty(textColumn, out var text)
                || text.ValueKind != JsonValueKind.String)
            {
                return Bad(path, number, $"it is no object with a text '{textColumn}'", "Name the property with the texts with -TextColumn.");
            }

            if (idColumn is null)
            {
                return (new SequenceRow(null, text.GetString(), number), null);
            }

            // One that is null is none, as in the other kinds of files; one that is missing may be misspelt.
            return document.RootElement.TryGetProperty(idColumn, out var id) && id.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.Null
                ? (new SequenceRow(id.ValueKind == JsonValueKind.Null ? null : id.ToString(), text.GetString(), number), null)
                : Bad(path, number, $"it has no text or number '{idColumn}'", "Name the property with the ids with -IdColumn.");
        }
        catch (JsonException error)
        {
            return Bad(path, number, $"it is no JSON: {error.Message}", "Mend the line; the others are done.");
        }
        catch (InvalidOperationException error)
        {
            // Half a surrogate pair, which JSON can write and no text has.
            return Bad(path, number, $"it is no valid Unicode text: {error.Message}", "Mend the line; the others are done.");
        }
    }

    private static (SequenceRow Row, ItemException? Error) Bad(string path, long number, string reason, string advice)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"{path}:{number}");
        return (
            new SequenceRow(null, null, number),
            new ItemException(EgressErrorId.SequenceInvalid, EgressErrorCategory.InvalidData, $"Line {number} of '{path}' is left out: {reason}.", advice, place));
    }
}

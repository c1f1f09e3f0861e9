using System.Globalization;
using System.Text;
using Egress.Files;
using Egress.Input;

namespace Egress.Backend.Sequences;

/// <summary>Reads the rows of CSV files as RFC 4180 has them: a header, commas, and fields in quotes that may hold commas, quotes and lines.</summary>
internal static class CsvRows
{
    /// <summary>Reads a file, as rows are asked for.</summary>
    /// <inheritdoc cref="IBackend.ReadRows" path="/param"/>
    /// <exception cref="EgressException">As <see cref="IBackend.ReadRows"/>.</exception>
    public static IEnumerable<SequenceRow> Read(string path, string textColumn, string? idColumn)
    {
        var handle = RegularFile.Open(path, out var problem) ?? throw problem!.ToException(path);

        // Whatever is no text shall not become vectors of question marks.
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        using var text = new StreamReader(new FileStream(handle, FileAccess.Read, bufferSize: 1 << 16), encoding);
        var reader = new CsvReader(text);
        if (!Explained(path, reader.Read))
        {
            throw SequenceFileErrors.Damaged(path, "it is empty, and its first line should name the columns.");
        }

        var header = reader.Fields.ToArray();
        var textPlace = Find(path, header, textColumn, "-TextColumn");
        var idPlace = idColumn is null ? -1 : Find(path, header, idColumn, "-IdColumn");
        for (long place = 1; Explained(path, reader.Read); place++)
        {
            if (reader.Fields.Count != header.Length)
            {
                throw SequenceFileErrors.Damaged(path, string.Create(
                    CultureInfo.InvariantCulture, $"line {reader.FirstLine} has {reader.Fields.Count} fields, and the header has {header.Length}."));
            }

            yield return new SequenceRow(idPlace < 0 ? null : reader.Fields[idPlace], reader.Fields[textPlace], place);
        }
    }

    private static int Find(string path, string[] header, string column, string parameter) => Array.IndexOf(header, column) switch
    {
        < 0 => throw SequenceFileErrors.NoColumn(path, column, parameter, header),
        var place when Array.LastIndexOf(header, column) > place => throw SequenceFileErrors.Damaged(path, $"its header has the column '{column}' twice."),
        var place => place,
    };

    private static T Explained<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DecoderFallbackException error)
        {
            throw SequenceFileErrors.Damaged(path, "it is no UTF-8 text.", error);
        }
        catch (InvalidDataException error)
        {
            throw SequenceFileErrors.Damaged(path, error.Message, error);
        }
        catch (IOException error)
        {
            throw FileProblem.Unreadable(path, error).ToException(path);
        }
    }
}

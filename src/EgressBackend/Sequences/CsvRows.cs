using System.Globalization;
using System.Text;
using Egress.Files;
using Egress.Input;
using nietras.SeparatedValues;

namespace Egress.Backend.Sequences;

/// <summary>Reads the rows of CSV files as RFC 4180 has them: a header, commas, and fields in quotes that may hold commas, quotes and lines.</summary>
internal static class CsvRows
{
    private const char Separator = ',';

    /// <summary>Reads a file, as rows are asked for.</summary>
    /// <inheritdoc cref="IBackend.ReadRows" path="/param"/>
    /// <exception cref="EgressException">As <see cref="IBackend.ReadRows"/>.</exception>
    public static IEnumerable<SequenceRow> Read(string path, string textColumn, string? idColumn)
    {
        var handle = RegularFile.Open(path, out var problem) ?? throw problem!.ToException(path);

        // Whatever is no text shall not become vectors of question marks.
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        using var text = new StreamReader(new FileStream(handle, FileAccess.Read, bufferSize: 1 << 16), encoding);
        using var reader = Explained(path, () => Sep.New(Separator)
            .Reader(options => options with { Unescape = true, DisableColCountCheck = true, CreateToString = SepToString.Direct }).From(text));
        if (reader.IsEmpty)
        {
            throw SequenceFileErrors.Damaged(path, "it is empty, and its first line should name the columns.");
        }

        var columns = new Columns(
            Find(path, reader.Header, textColumn, "-TextColumn"), idColumn is null ? -1 : Find(path, reader.Header, idColumn, "-IdColumn"), reader.Header.ColNames.Count);
        while (TryRead(path, reader, columns, out var row))
        {
            yield return row;
        }
    }

    private static int Find(string path, SepReaderHeader header, string column, string parameter) =>
        header.TryIndexOf(column, out var place) ? place : throw SequenceFileErrors.NoColumn(path, column, parameter, header.ColNames);

    private static bool TryRead(string path, SepReader reader, Columns columns, out SequenceRow row)
    {
        while (Explained(path, reader.MoveNext))
        {
            var current = reader.Current;
            if (current.Span.IsEmpty)
            {
                // An empty line, as at the end of many files.
                continue;
            }

            if (current.ColCount == columns.Count)
            {
                row = new SequenceRow(columns.Id < 0 ? null : current[columns.Id].ToString(), current[columns.Text].ToString(), current.RowIndex);
                return true;
            }

            throw SequenceFileErrors.Damaged(path, string.Create(
                CultureInfo.InvariantCulture, $"line {current.LineNumberFrom} has {current.ColCount} fields, and the header has {columns.Count}."));
        }

        row = default;
        return false;
    }

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
        catch (NotSupportedException error)
        {
            throw SequenceFileErrors.Damaged(path, "a row is longer than 16 million characters; a quote may not be closed.", error);
        }
        catch (Exception error) when (error is InvalidDataException or ArgumentException)
        {
            throw SequenceFileErrors.Damaged(path, error.Message, error);
        }
        catch (IOException error)
        {
            throw FileProblem.Unreadable(path, error).ToException(path);
        }
    }

    /// <summary>Where what is.</summary>
    private readonly record struct Columns(int Text, int Id, int Count);
}

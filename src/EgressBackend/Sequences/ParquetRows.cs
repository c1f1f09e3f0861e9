using System.Globalization;
using Egress.Files;
using Egress.Input;
using Parquet;
using Parquet.Schema;

namespace Egress.Backend.Sequences;

/// <summary>Reads the rows of Parquet files, a row group at a time.</summary>
internal static class ParquetRows
{
    /// <summary>Reads a file, as rows are asked for.</summary>
    /// <inheritdoc cref="IBackend.ReadRows" path="/param"/>
    /// <exception cref="EgressException">As <see cref="IBackend.ReadRows"/>.</exception>
    public static IEnumerable<SequenceRow> Read(string path, string textColumn, string? idColumn)
    {
        var handle = RegularFile.Open(path, out var problem) ?? throw problem!.ToException(path);
        using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 1 << 16);

        // Files of older writers have texts that only the reader knows to be some.
        var reader = Explained(path, () => ParquetReader.CreateAsync(stream, new ParquetOptions { TreatByteArrayAsString = true }));
        try
        {
            var text = Find(path, reader, textColumn, "-TextColumn", field => IsText(field.ClrType));
            var id = idColumn is null ? null : Find(path, reader, idColumn, "-IdColumn", field => IsId(field.ClrType));
            long place = 0;
            for (var group = 0; group < reader.RowGroupCount; group++)
            {
                var (texts, ids) = Explained(path, () => ReadGroup(reader, group, text, id));
                for (var row = 0; row < texts.Length; row++)
                {
                    yield return new SequenceRow(ids?[row], texts[row], ++place);
                }
            }
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static DataField Find(string path, ParquetReader reader, string column, string parameter, Func<DataField, bool> suits)
    {
        if (!reader.Schema.Fields.Any(field => field.Name == column))
        {
            throw SequenceFileErrors.NoColumn(path, column, parameter, reader.Schema.Fields.Select(field => field.Name));
        }

        return reader.Schema.Fields.Single(field => field.Name == column) switch
        {
            DataField { IsArray: false } field when suits(field) => field,
            DataField field => throw SequenceFileErrors.WrongType(path, column, field.ClrType.Name + (field.IsArray ? "[]" : ""), parameter),
            var nested => throw SequenceFileErrors.WrongType(path, column, nested.SchemaType.ToString(), parameter),
        };
    }

    private static bool IsText(Type type) => type == typeof(ReadOnlyMemory<char>) || type == typeof(string);

    private static bool IsId(Type type) => IsText(type) || type == typeof(long) || type == typeof(int) || type == typeof(short)
        || type == typeof(sbyte) || type == typeof(byte) || type == typeof(ushort) || type == typeof(uint) || type == typeof(ulong);

    private static async Task<(string?[] Texts, string?[]? Ids)> ReadGroup(ParquetReader reader, int index, DataField text, DataField? id)
    {
        using var group = reader.OpenRowGroupReader(index);
        var count = checked((int)group.RowCount);
        var texts = await ReadTexts(group, text, count).ConfigureAwait(false);
        return (texts, id is null ? null : await ReadIds(group, id, count).ConfigureAwait(false));
    }

    private static async Task<string?[]> ReadTexts(ParquetRowGroupReader group, DataField field, int count)
    {
        var texts = new string?[count];
        await group.ReadAsync(field, texts.AsMemory()!).ConfigureAwait(false);
        return texts;
    }

    private static Task<string?[]> ReadIds(ParquetRowGroupReader group, DataField field, int count) => Type.GetTypeCode(field.ClrType) switch
    {
        TypeCode.Int64 => ReadNumbers<long>(group, field, count),
        TypeCode.Int32 => ReadNumbers<int>(group, field, count),
        TypeCode.Int16 => ReadNumbers<short>(group, field, count),
        TypeCode.SByte => ReadNumbers<sbyte>(group, field, count),
        TypeCode.Byte => ReadNumbers<byte>(group, field, count),
        TypeCode.UInt16 => ReadNumbers<ushort>(group, field, count),
        TypeCode.UInt32 => ReadNumbers<uint>(group, field, count),
        TypeCode.UInt64 => ReadNumbers<ulong>(group, field, count),
        _ => ReadTexts(group, field, count),
    };

    private static async Task<string?[]> ReadNumbers<T>(ParquetRowGroupReader group, DataField field, int count)
        where T : struct, IFormattable
    {
        if (!field.IsNullable)
        {
            var numbers = new T[count];
            await group.ReadAsync<T>(field, numbers.AsMemory()).ConfigureAwait(false);
            return Array.ConvertAll<T, string?>(numbers, number => number.ToString(null, CultureInfo.InvariantCulture));
        }

        var some = new T?[count];
        await group.ReadAsync<T>(field, some.AsMemory()).ConfigureAwait(false);
        return Array.ConvertAll(some, number => number?.ToString(null, CultureInfo.InvariantCulture));
    }

    /// <summary>The library trusts what it reads: a damaged file shows as any exception.</summary>
    private static T Explained<T>(string path, Func<Task<T>> read)
    {
        try
        {
            return read().GetAwaiter().GetResult();
        }
        catch (IOException error) when (error.HResult > 0)
        {
            // The number is the operating system's; the library throws such exceptions too, for content.
            throw FileProblem.Unreadable(path, error).ToException(path);
        }
        catch (Exception error) when (error is not (EgressException or OutOfMemoryException))
        {
            throw SequenceFileErrors.Damaged(path, $"it is no Parquet file, or damaged ({error.Message})", error);
        }
    }
}

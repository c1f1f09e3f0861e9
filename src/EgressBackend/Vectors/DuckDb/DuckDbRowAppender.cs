using System.Runtime.InteropServices;
using System.Text;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using Egress.Models;
using Egress.Vectors;

namespace Egress.Backend.Vectors.DuckDb;

/// <summary>
/// Appends a batch's rows to a table, in DuckDB's own chunks of columns: vectors are copied as they are, where the library's appender takes
/// them element by element.
/// </summary>
/// <param name="schema">The table's columns.</param>
/// <param name="layout">How the vectors lie in memory.</param>
internal sealed unsafe class DuckDbRowAppender(DuckDbSchema schema, VectorLayout layout)
{
    /// <summary>Where rows have many vectors, a chunk has fewer rows than DuckDB would take: it is memory beside the batch's own.</summary>
    private const long ChunkBytes = 64 << 20;

    private const int IdColumn = 0;
    private const int HashColumn = 1;
    private const int VectorColumn = 2;
    private const int ScaleColumn = 3;

    private readonly int _columnCount = schema.HasScale ? 5 : 4;

    /// <summary>Appends rows within the connection's transaction.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="catalog">The database: null for the connection's own, <c>temp</c> for its temporary one.</param>
    /// <param name="table">The table, with the schema's columns.</param>
    /// <param name="rows">The rows.</param>
    /// <exception cref="DuckDbAppendException">The database refused them; where one is there already, as <see cref="DuckDBErrorType.Constraint"/>.</exception>
    public void Append(DuckDBConnection connection, string? catalog, TableName table, IReadOnlyList<VectorRow> rows)
    {
        var state = NativeMethods.Appender.DuckDBAppenderCreateExt(connection.NativeConnection, catalog!, table.Schema!, table.Name, out var appender);
        using var owner = appender;
        Check(state, appender);
        var types = Enumerable.Range(0, _columnCount).Select(column => NativeMethods.Appender.DuckDBAppenderColumnType(appender, (ulong)column)).ToArray();
        try
        {
            using var chunk = NativeMethods.DataChunks.DuckDBCreateDataChunk([.. types.Select(type => type.DangerousGetHandle())], (ulong)_columnCount);
            var size = (int)NativeMethods.Helpers.DuckDBVectorSize();
            for (int first = 0, count; first < rows.Count; first += count)
            {
                count = ChunkRows(rows, first, size);
                NativeMethods.DataChunks.DuckDBDataChunkReset(chunk);
                Fill(chunk, rows, first, count);
                NativeMethods.DataChunks.DuckDBDataChunkSetSize(chunk, (ulong)count);
                Check(NativeMethods.Appender.DuckDBAppendDataChunk(appender, chunk), appender);
            }

            Check(NativeMethods.Appender.DuckDBAppenderClose(appender), appender);
        }
        finally
        {
            Array.ForEach(types, type => type.Dispose());
        }
    }

    private static nint Column(DuckDBDataChunk chunk, int column) => NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, column);

    private static Span<T> Values<T>(nint vector, int count)
        where T : unmanaged => new(NativeMethods.Vectors.DuckDBVectorGetData(vector), count);

    private static void SetText(nint vector, int row, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes)
        {
            // An empty array has no address, and DuckDB takes none for a null.
            byte nothing = 0;
            NativeMethods.Vectors.DuckDBVectorAssignStringElementLength(vector, (ulong)row, bytes.Length == 0 ? &nothing : start, bytes.Length);
        }
    }

    /// <summary>How many rows the next chunk takes: one at least.</summary>
    private int ChunkRows(IReadOnlyList<VectorRow> rows, int first, int most)
    {
        var (count, bytes) = (0, 0L);
        while (count < most && first + count < rows.Count)
        {
            bytes += (long)rows[first + count].VectorCount * layout.Dimension * sizeof(float);
            if (count > 0 && bytes > ChunkBytes)
            {
                break;
            }

            count++;
        }

        return count;
    }

    private void Fill(DuckDBDataChunk chunk, IReadOnlyList<VectorRow> rows, int first, int count)
    {
        var ids = Column(chunk, IdColumn);
        var texts = Column(chunk, _columnCount - 1);
        NativeMethods.Vectors.DuckDBVectorEnsureValidityWritable(texts);
        var hashes = Values<long>(Column(chunk, HashColumn), count);
        for (var row = 0; row < count; row++)
        {
            SetText(ids, row, rows[first + row].Id);
            hashes[row] = rows[first + row].TextHash;
            if (rows[first + row].Text is { } text)
            {
                SetText(texts, row, text);
            }
            else
            {
                NativeMethods.ValidityMask.DuckDBValiditySetRowValidity(NativeMethods.Vectors.DuckDBVectorGetValidity(texts), (ulong)row, false);
            }
        }

        var vectorCount = layout.IsTokenLevel ? SetLists(chunk, rows, first, count) : count;
        FillVectors(chunk, rows, first, count, vectorCount);
    }

    /// <summary>Says which tokens' vectors are whose.</summary>
    /// <returns>How many they are together.</returns>
    private int SetLists(DuckDBDataChunk chunk, IReadOnlyList<VectorRow> rows, int first, int count)
    {
        var total = 0;
        for (var row = 0; row < count; row++)
        {
            total = checked(total + rows[first + row].VectorCount);
        }

        foreach (var column in schema.HasScale ? [VectorColumn, ScaleColumn] : (int[])[VectorColumn])
        {
            var list = Column(chunk, column);
            NativeMethods.Vectors.DuckDBListVectorReserve(list, (ulong)total);
            NativeMethods.Vectors.DuckDBListVectorSetSize(list, (ulong)total);
            var entries = Values<ListEntry>(list, count);
            var offset = 0UL;
            for (var row = 0; row < count; row++)
            {
                entries[row] = new ListEntry(offset, (ulong)rows[first + row].VectorCount);
                offset += entries[row].Length;
            }
        }

        return total;
    }

    private void FillVectors(DuckDBDataChunk chunk, IReadOnlyList<VectorRow> rows, int first, int count, int vectorCount)
    {
        var elements = NativeMethods.Vectors.DuckDBArrayVectorGetChild(Items(chunk, VectorColumn));
        var at = 0;
        for (var row = 0; row < count; row++)
        {
            for (var vector = 0; vector < rows[first + row].VectorCount; vector++, at++)
            {
                var data = rows[first + row].Data.Span.Slice(vector * layout.VectorBytes, layout.VectorBytes);
                if (schema.HasScale)
                {
                    MemoryMarshal.Cast<byte, sbyte>(data[..layout.Dimension]).CopyTo(Element<sbyte>(elements, at));
                    Values<float>(Items(chunk, ScaleColumn), vectorCount)[at] = VectorElements.Scale(layout, data);
                }
                else
                {
                    VectorElements.Read(layout, data, Element<float>(elements, at));
                }
            }
        }
    }

    /// <summary>A column's values: with a vector a token, those of its lists.</summary>
    private nint Items(DuckDBDataChunk chunk, int column) => layout.IsTokenLevel
        ? NativeMethods.Vectors.DuckDBListVectorGetChild(Column(chunk, column))
        : Column(chunk, column);

    /// <summary>One vector's elements. There can be more of them together than a span counts.</summary>
    private Span<T> Element<T>(nint elements, int vector)
        where T : unmanaged => new((T*)NativeMethods.Vectors.DuckDBVectorGetData(elements) + ((long)vector * layout.Dimension), layout.Dimension);

    private static void Check(DuckDBState state, DuckDB.NET.Native.DuckDBAppender appender)
    {
        if (state == DuckDBState.Success)
        {
            return;
        }

        using var error = NativeMethods.Appender.DuckDBAppenderErrorData(appender);
        throw new DuckDbAppendException(NativeMethods.ErrorData.DuckDBErrorDataErrorType(error), NativeMethods.ErrorData.DuckDBErrorDataMessage(error));
    }

    /// <summary>A list's place among the values of all lists; as DuckDB lays it out.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct ListEntry(ulong Offset, ulong Length);
}

using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Egress.Models;
using Egress.Vectors;

namespace Egress.Backend.Vectors.Files;

/// <summary>
/// Writes batches as Arrow IPC files (Feather, version 2) of one record batch: <c>id</c>, <c>vector</c> as a list of fixed size of single- or
/// half-precision numbers or 8-bit integers, for these <c>scale</c>, and <c>text</c> where it is stored. With a vector a token, <c>vector</c>
/// and <c>scale</c> are lists with an item a token.
/// </summary>
internal sealed class ArrowVectorEncoder : IVectorEncoder
{
    private const string Extension = ".arrow";

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions(VectorLayout layout) => [Extension];

    /// <inheritdoc/>
    public void Write(string extension, VectorBatch batch, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var columns = Columns(batch.Layout, batch.Rows);
        var schema = new Schema(
            columns.Select(column => new Field(column.Name, column.Values.Data.DataType, nullable: false)), VectorColumns.Description(batch.Layout));
        using var records = new RecordBatch(schema, columns.Select(column => column.Values), batch.Rows.Count);
        using var writer = new ArrowFileWriter(new ForwardStream(stream), schema, leaveOpen: true);
        writer.WriteStart();
        writer.WriteRecordBatch(records);
        writer.WriteEnd();
    }

    /// <inheritdoc/>
    public IReadOnlyList<VectorRow> Read(VectorLayout layout, Func<string, Stream> open)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(open);
        using var stream = open(Extension);
        using var reader = new ArrowFileReader(stream);
        using var records = reader.ReadNextRecordBatch() ?? throw new InvalidDataException("The file has no record batch.");
        var ids = Strings(records.Column("id"));
        var texts = records.Schema.GetFieldIndex("text") >= 0 ? Strings(records.Column("text")) : null;
        var counts = Enumerable.Repeat(1, records.Length).ToArray();
        var vectors = records.Column("vector");
        if (vectors is ListArray lists)
        {
            counts = [.. Enumerable.Range(0, lists.Length).Select(lists.GetValueLength)];
            vectors = lists.Values;
        }

        var count = counts.Sum();
        var elements = ((FixedSizeListArray)vectors).Values.Data.Buffers[1].Span[..(count * layout.ElementBytes)];
        var scales = layout.Precision != VectorPrecision.Int8 ? default
            : MemoryMarshal.Cast<byte, float>((records.Column("scale") is ListArray list ? list.Values : records.Column("scale")).Data.Buffers[1].Span)[..count];
        return PartRows.Assemble(layout, ids, texts, counts, elements, scales);
    }

    private static List<string> Strings(IArrowArray column) => [.. Enumerable.Range(0, column.Length).Select(row => ((StringArray)column).GetString(row))];

    private static List<(string Name, IArrowArray Values)> Columns(VectorLayout layout, IReadOnlyList<VectorRow> rows)
    {
        var columns = new List<(string, IArrowArray)> { ("id", Texts(rows.Select(row => row.Id))), ("vector", Listed(layout, rows, Vectors(layout, rows))) };
        if (layout.Precision == VectorPrecision.Int8)
        {
            var scales = MemoryMarshal.AsBytes<float>(VectorColumns.Scales(layout, rows)).ToArray();
            columns.Add(("scale", Listed(layout, rows, Primitive(FloatType.Default, VectorColumns.Count(rows), scales))));
        }

        if (rows[0].Text is not null)
        {
            columns.Add(("text", Texts(rows.Select(row => row.Text!))));
        }

        return columns;
    }

    /// <summary>All vectors, one an item.</summary>
    private static FixedSizeListArray Vectors(VectorLayout layout, IReadOnlyList<VectorRow> rows)
    {
        IArrowType element = layout.Precision switch
        {
            VectorPrecision.Float32 => FloatType.Default,
            VectorPrecision.Float16 => HalfFloatType.Default,
            VectorPrecision.Int8 => Int8Type.Default,
            _ => throw new ArgumentOutOfRangeException(nameof(layout), layout.Precision, null),
        };
        var count = VectorColumns.Count(rows);
        var elements = Primitive(element, checked(count * layout.Dimension), VectorColumns.Bytes(layout, rows));
        var type = new FixedSizeListType(new Field("item", element, nullable: false), layout.Dimension);
        return new FixedSizeListArray(type, count, elements, ArrowBuffer.Empty);
    }

    /// <summary>With a vector a token, a list a row of the items that are its own.</summary>
    private static IArrowArray Listed(VectorLayout layout, IReadOnlyList<VectorRow> rows, IArrowArray items)
    {
        if (!layout.IsTokenLevel)
        {
            return items;
        }

        var offsets = new int[rows.Count + 1];
        for (var row = 0; row < rows.Count; row++)
        {
            offsets[row + 1] = checked(offsets[row] + rows[row].VectorCount);
        }

        var type = new ListType(new Field("item", items.Data.DataType, nullable: false));
        return new ListArray(type, rows.Count, new ArrowBuffer(MemoryMarshal.AsBytes<int>(offsets).ToArray()), items, ArrowBuffer.Empty);
    }

    private static IArrowArray Primitive(IArrowType type, int length, byte[] bytes) =>
        ArrowArrayFactory.BuildArray(new ArrayData(type, length, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(bytes)], []));

    private static StringArray Texts(IEnumerable<string> texts)
    {
        var builder = new StringArray.Builder();
        builder.AppendRange(texts);
        return builder.Build();
    }
}

using System.Runtime.InteropServices;
using Egress.Models;
using Egress.Vectors;
using Parquet;
using Parquet.Schema;

namespace Egress.Backend.Vectors.Files;

/// <summary>
/// Writes batches as Parquet files: <c>id</c>, <c>vector</c> as a list of single-precision numbers or 8-bit integers, for these <c>scale</c>,
/// and <c>text</c> where it is stored. With a vector a token, <c>vector</c> is a list of such lists and <c>scale</c> a list. Half-precision
/// numbers, which the library has no type for, are written in single precision, which holds them exactly; their zero bits are packed away,
/// and the file's metadata tell what they were.
/// </summary>
internal sealed class ParquetVectorEncoder : IVectorEncoder
{
    private const string Extension = ".parquet";

    /// <summary>
    /// Elements of a row group, more or less. With a vector a token a batch has tens of millions, and each takes twice 4 bytes of levels
    /// while it is written.
    /// </summary>
    private const int GroupElements = 8 << 20;

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions(VectorLayout layout) => [Extension];

    /// <inheritdoc/>
    public void Write(string extension, VectorBatch batch, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(batch);
        WriteAsync(batch, new ForwardStream(stream)).GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public IReadOnlyList<VectorRow> Read(VectorLayout layout, Func<string, Stream> open)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(open);
        using var stream = open(Extension);
        return ReadAsync(layout, stream).GetAwaiter().GetResult();
    }

    private static async Task<List<VectorRow>> ReadAsync(VectorLayout layout, Stream stream)
    {
        var rows = new List<VectorRow>();
        await using var reader = await ParquetReader.CreateAsync(stream).ConfigureAwait(false);
        for (var index = 0; index < reader.RowGroupCount; index++)
        {
            using var group = reader.OpenRowGroupReader(index);
            rows.AddRange(await ReadGroup(group, reader.Schema, layout).ConfigureAwait(false));
        }

        return rows;
    }

    private static async Task<IReadOnlyList<VectorRow>> ReadGroup(ParquetRowGroupReader group, ParquetSchema schema, VectorLayout layout)
    {
        var fields = schema.DataFields.ToDictionary(field => field.Path.FirstPart!, StringComparer.Ordinal);
        var ids = await ReadTexts(group, fields["id"]).ConfigureAwait(false);
        var texts = fields.TryGetValue("text", out var text) ? await ReadTexts(group, text).ConfigureAwait(false) : null;
        if (layout.Precision == VectorPrecision.Int8)
        {
            var (integers, levels) = await ReadList<sbyte>(group, fields["vector"]).ConfigureAwait(false);
            var (scales, _) = await ReadList<float>(group, fields["scale"]).ConfigureAwait(false);
            return PartRows.Assemble(layout, ids, texts, Counts(layout, ids.Length, levels), MemoryMarshal.AsBytes<sbyte>(integers), scales);
        }

        var (elements, places) = await ReadList<float>(group, fields["vector"]).ConfigureAwait(false);
        var bytes = layout.Precision == VectorPrecision.Float16
            ? MemoryMarshal.AsBytes<Half>(Array.ConvertAll(elements, element => (Half)element))
            : MemoryMarshal.AsBytes<float>(elements);
        return PartRows.Assemble(layout, ids, texts, Counts(layout, ids.Length, places), bytes, []);
    }

    /// <summary>Reads values of which none is missing, and which lists begin with each.</summary>
    private static async Task<(T[] Values, int[] RepetitionLevels)> ReadList<T>(ParquetRowGroupReader group, DataField field)
        where T : struct
    {
        var values = new T[group.GetMetadata(field)!.MetaData!.NumValues];
        int[]? Levels(int maximum) => maximum > 0 ? new int[values.Length] : null;
        var (definitions, levels) = (Levels(field.MaxDefinitionLevel), Levels(field.MaxRepetitionLevel));
        await group.ReadRawAsync(field, values.AsMemory(), definitions?.AsMemory(), levels?.AsMemory(), default).ConfigureAwait(false);
        return (values, levels ?? []);
    }

    private static async Task<string[]> ReadTexts(ParquetRowGroupReader group, DataField field)
    {
        var texts = new string[group.RowCount];
        await group.ReadAsync(field, texts.AsMemory()!).ConfigureAwait(false);
        return texts;
    }

    /// <summary>How many vectors each row has: of its elements the first has the level 0, and the first of each other vector 1.</summary>
    private static List<int> Counts(VectorLayout layout, int rows, int[] levels)
    {
        if (!layout.IsTokenLevel)
        {
            return [.. Enumerable.Repeat(1, rows)];
        }

        var counts = new List<int>();
        foreach (var level in levels)
        {
            if (level == 0)
            {
                counts.Add(1);
            }
            else if (level == 1)
            {
                counts[^1]++;
            }
        }

        return counts;
    }

    private static async Task WriteAsync(VectorBatch batch, Stream stream)
    {
        var (layout, hasTexts) = (batch.Layout, batch.Rows[0].Text is not null);
        var schema = Schema(layout, hasTexts);
        await using var writer = await ParquetWriter.CreateAsync(schema, stream, Options(schema, layout)).ConfigureAwait(false);
        writer.CustomMetadata = VectorColumns.Description(layout);
        foreach (var rows in Groups(layout, batch.Rows))
        {
            using var group = writer.CreateRowGroup();
            await WriteGroup(group, schema, layout, rows).ConfigureAwait(false);
            group.CompleteValidate();
        }
    }

    private static async Task WriteGroup(ParquetRowGroupWriter group, ParquetSchema schema, VectorLayout layout, IReadOnlyList<VectorRow> rows)
    {
        var fields = schema.DataFields.ToDictionary(field => field.Path.FirstPart!, StringComparer.Ordinal);
        await group.WriteAsync(fields["id"], rows.Select(row => row.Id).ToArray()).ConfigureAwait(false);
        var levels = ElementLevels(layout, rows);
        if (layout.Precision == VectorPrecision.Int8)
        {
            await WriteList(group, fields["vector"], VectorColumns.Integers(layout, rows), levels).ConfigureAwait(false);
            await WriteList(group, fields["scale"], VectorColumns.Scales(layout, rows), layout.IsTokenLevel ? TokenLevels(rows) : null).ConfigureAwait(false);
        }
        else
        {
            await WriteList(group, fields["vector"], VectorColumns.Floats(layout, rows), levels).ConfigureAwait(false);
        }

        if (fields.TryGetValue("text", out var text))
        {
            await group.WriteAsync(text, rows.Select(row => row.Text!).ToArray()).ConfigureAwait(false);
        }
    }

    /// <summary>Writes values of which none is missing.</summary>
    private static Task WriteList<T>(ParquetRowGroupWriter group, DataField field, T[] values, int[]? repetitionLevels)
        where T : struct
    {
        ReadOnlyMemory<int>? definitions = null;
        if (field.MaxDefinitionLevel > 0)
        {
            var present = new int[values.Length];
            Array.Fill(present, field.MaxDefinitionLevel);
            definitions = present;
        }

        return group.WriteAllPartsAsync<T>(field, values, definitions, repetitionLevels is null ? null : repetitionLevels.AsMemory(), default);
    }

    /// <summary>Which lists begin with an element: 0 a row's, 1 a token's vector, and the greatest level none.</summary>
    private static int[] ElementLevels(VectorLayout layout, IReadOnlyList<VectorRow> rows)
    {
        var levels = new int[checked(VectorColumns.Count(rows) * layout.Dimension)];
        Array.Fill(levels, layout.IsTokenLevel ? 2 : 1);
        var vector = 0;
        foreach (var row in rows)
        {
            for (var token = 0; token < row.VectorCount; token++, vector++)
            {
                levels[vector * layout.Dimension] = token == 0 ? 0 : 1;
            }
        }

        return levels;
    }

    /// <summary>Likewise of a list with one value a token.</summary>
    private static int[] TokenLevels(IReadOnlyList<VectorRow> rows) => ElementLevels(new VectorLayout(VectorPrecision.Float32, 1, IsTokenLevel: true), rows);

    private static IEnumerable<IReadOnlyList<VectorRow>> Groups(VectorLayout layout, IReadOnlyList<VectorRow> rows)
    {
        var (group, elements) = (new List<VectorRow>(), 0L);
        foreach (var row in rows)
        {
            elements += (long)row.VectorCount * layout.Dimension;
            if (group.Count > 0 && elements > GroupElements)
            {
                yield return group;
                (group, elements) = ([], (long)row.VectorCount * layout.Dimension);
            }

            group.Add(row);
        }

        yield return group;
    }

    private static ParquetSchema Schema(VectorLayout layout, bool hasTexts)
    {
        var isInteger = layout.Precision == VectorPrecision.Int8;
        Field Element(string name) => isInteger ? new DataField<sbyte>(name, false) : new DataField<float>(name, false);
        Field Vector(string name) => new ListField(name, Element(ListField.ElementName));
        var fields = new List<Field>
        {
            new DataField<string>("id", false),
            layout.IsTokenLevel ? new ListField("vector", Vector(ListField.ElementName)) : Vector("vector"),
        };
        if (isInteger)
        {
            fields.Add(layout.IsTokenLevel ? new ListField("scale", new DataField<float>(ListField.ElementName, false)) : new DataField<float>("scale", false));
        }

        if (hasTexts)
        {
            fields.Add(new DataField<string>("text", false));
        }

        return new ParquetSchema(fields);
    }

    private static ParquetOptions Options(ParquetSchema schema, VectorLayout layout)
    {
        // Noise does not get smaller. The zeros behind numbers that were shorter do.
        var options = new ParquetOptions
        {
            CompressionMethod = layout.Precision == VectorPrecision.Float32 ? CompressionMethod.None : CompressionMethod.Zstd,
            CompressionLevel = System.IO.Compression.CompressionLevel.Fastest,
        };
        if (layout.Precision == VectorPrecision.Float16)
        {
            options.ColumnEncodingHints[schema.DataFields.Single(field => field.Path.FirstPart == "vector").Path.ToString()] = EncodingHint.ByteSplitStream;
        }

        return options;
    }
}

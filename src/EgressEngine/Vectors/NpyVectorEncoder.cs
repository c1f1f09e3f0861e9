using System.Text.Json;
using System.Runtime.InteropServices;
using Egress.Models;
using Egress.Output.Formats;

namespace Egress.Vectors;

/// <summary>
/// Writes batches as NumPy's arrays: <c>.npy</c> has the vectors of all rows, one below the other, <c>.ids.json</c> the rows' ids and texts
/// in their order. 8-bit vectors have their scales in <c>.scales.npy</c>; where rows have a vector a token, <c>.offsets.npy</c> says where
/// each begins: row i's are those from offset i up to offset i + 1.
/// </summary>
internal sealed class NpyVectorEncoder : IVectorEncoder
{
    private const string Vectors = ".npy";
    private const string Ids = ".ids.json";
    private const string Scales = ".scales.npy";
    private const string Offsets = ".offsets.npy";

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions(VectorLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        var extensions = new List<string> { Vectors, Ids };
        if (layout.Precision == VectorPrecision.Int8)
        {
            extensions.Add(Scales);
        }

        if (layout.IsTokenLevel)
        {
            extensions.Add(Offsets);
        }

        return extensions;
    }

    /// <inheritdoc/>
    public void Write(string extension, VectorBatch batch, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(batch);
        switch (extension)
        {
            case Vectors:
                WriteVectors(batch, stream);
                break;
            case Ids:
                WriteIds(batch, stream);
                break;
            case Scales:
                WriteScales(batch, stream);
                break;
            case Offsets:
                WriteOffsets(batch, stream);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(extension), extension, null);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<VectorRow> Read(VectorLayout layout, Func<string, Stream> open)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(open);
        using var stream = open(Ids);
        using var json = JsonDocument.Parse(stream);
        var ids = Strings(json.RootElement.GetProperty("ids"));
        var texts = json.RootElement.TryGetProperty("texts", out var property) ? Strings(property) : null;
        var counts = Enumerable.Repeat(1, ids.Count).ToArray();
        if (layout.IsTokenLevel)
        {
            var offsets = MemoryMarshal.Cast<byte, long>(Content(open, Offsets)).ToArray();
            counts = [.. offsets.Zip(offsets.Skip(1), (from, to) => checked((int)(to - from)))];
        }

        var scales = layout.Precision == VectorPrecision.Int8 ? MemoryMarshal.Cast<byte, float>(Content(open, Scales)) : default;
        return PartRows.Assemble(layout, ids, texts, counts, Content(open, Vectors), scales);
    }

    private static List<string> Strings(JsonElement array) => [.. array.EnumerateArray().Select(text => text.GetString()!)];

    /// <summary>What follows the header of a file that this class wrote.</summary>
    private static Span<byte> Content(Func<string, Stream> open, string extension)
    {
        using var stream = open(extension);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes.AsSpan(NpyEncoder.HeaderBytes(bytes));
    }

    private static void WriteVectors(VectorBatch batch, Stream stream)
    {
        var layout = batch.Layout;
        NpyEncoder.WriteHeader(stream, Descriptor(layout.Precision), batch.Rows.Sum(row => (long)row.VectorCount), layout.Dimension);
        var elementBytes = layout.ElementBytes;
        foreach (var row in batch.Rows)
        {
            if (elementBytes == layout.VectorBytes)
            {
                stream.Write(row.Data.Span[..checked(row.VectorCount * elementBytes)]);
                continue;
            }

            for (var vector = 0; vector < row.VectorCount; vector++)
            {
                stream.Write(row.Data.Span.Slice(vector * layout.VectorBytes, elementBytes));
            }
        }
    }

    private static void WriteScales(VectorBatch batch, Stream stream)
    {
        NpyEncoder.WriteHeader(stream, "<f4", batch.Rows.Sum(row => (long)row.VectorCount));
        foreach (var row in batch.Rows)
        {
            for (var vector = 0; vector < row.VectorCount; vector++)
            {
                stream.Write(row.Data.Span.Slice((vector * batch.Layout.VectorBytes) + batch.Layout.Dimension, sizeof(float)));
            }
        }
    }

    private static void WriteOffsets(VectorBatch batch, Stream stream)
    {
        NpyEncoder.WriteHeader(stream, "<i8", batch.Rows.Count + 1);
        long offset = 0;
        stream.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in offset)));
        foreach (var row in batch.Rows)
        {
            offset += row.VectorCount;
            stream.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in offset)));
        }
    }

    private static void WriteIds(VectorBatch batch, Stream stream)
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteStartArray("ids");
        foreach (var row in batch.Rows)
        {
            json.WriteStringValue(row.Id);
        }

        json.WriteEndArray();
        if (batch.Rows[0].Text is not null)
        {
            json.WriteStartArray("texts");
            foreach (var row in batch.Rows)
            {
                json.WriteStringValue(row.Text);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static string Descriptor(VectorPrecision precision) => precision switch
    {
        VectorPrecision.Float32 => "<f4",
        VectorPrecision.Float16 => "<f2",
        VectorPrecision.Int8 => "|i1",
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, null),
    };
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Egress.Models;
using Egress.Output.Journal;
using Egress.Vectors;

namespace Egress.Backend.Tests.Vectors;

/// <summary>Vectors as they leave a device, and what they are.</summary>
internal static class TestVectors
{
    /// <summary>All forms that vectors are stored in.</summary>
    public static TheoryData<VectorPrecision, bool> Layouts { get; } = new(
        from precision in Enum.GetValues<VectorPrecision>()
        from isTokenLevel in new[] { false, true }
        select (precision, isTokenLevel));

    /// <summary>Settings that only a name tells apart.</summary>
    public static RunSettings Settings(string model = "bert_tiny") => new(new Dictionary<string, string> { ["Model"] = model, ["Pooling"] = "Mean" });

    /// <summary>A batch of rows with random vectors; with a vector a token, row i has 1 + i % 3.</summary>
    public static VectorBatch Batch(VectorLayout layout, IEnumerable<string> ids, int seed = 1, bool hasTexts = false, long textHash = 7)
    {
        var random = new Random(seed);
        return new VectorBatch(
            layout,
            [
                .. ids.Select((id, place) => Row(
                    layout, id, Enumerable.Range(0, layout.IsTokenLevel ? 1 + (place % 3) : 1).Select(_ => RandomVector(random, layout.Dimension)).ToArray(),
                    hasTexts ? $"the text of {id}" : null, textHash)),
            ]);
    }

    /// <summary>A row of given vectors, rounded as the layout's precision demands.</summary>
    public static VectorRow Row(VectorLayout layout, string id, float[][] vectors, string? text = null, long textHash = 7)
    {
        var data = new byte[vectors.Length * layout.VectorBytes];
        for (var i = 0; i < vectors.Length; i++)
        {
            Encode(layout, vectors[i], data.AsSpan(i * layout.VectorBytes, layout.VectorBytes));
        }

        return new VectorRow(id, textHash, text, vectors.Length, data);
    }

    /// <summary>What a row's vectors are, as single-precision numbers.</summary>
    public static float[][] Values(VectorLayout layout, VectorRow row)
    {
        var vectors = new float[row.VectorCount][];
        for (var i = 0; i < vectors.Length; i++)
        {
            vectors[i] = new float[layout.Dimension];
            VectorElements.Read(layout, row.Data.Span.Slice(i * layout.VectorBytes, layout.VectorBytes), vectors[i]);
        }

        return vectors;
    }

    /// <summary>A row's 8-bit elements and scales.</summary>
    public static (sbyte[] Elements, float Scale)[] Integers(VectorLayout layout, VectorRow row) =>
    [
        .. Enumerable.Range(0, row.VectorCount).Select(i => row.Data.Slice(i * layout.VectorBytes, layout.VectorBytes)).Select(vector => (
            MemoryMarshal.Cast<byte, sbyte>(vector.Span[..layout.Dimension]).ToArray(), VectorElements.Scale(layout, vector.Span))),
    ];

    public static float[] RandomVector(Random random, int dimension) =>
        [.. Enumerable.Range(0, dimension).Select(_ => (float)((2 * random.NextDouble()) - 1))];

    private static void Encode(VectorLayout layout, float[] vector, Span<byte> data)
    {
        switch (layout.Precision)
        {
            case VectorPrecision.Float32:
                MemoryMarshal.AsBytes<float>(vector).CopyTo(data);
                break;
            case VectorPrecision.Float16:
                MemoryMarshal.AsBytes<Half>(Array.ConvertAll(vector, element => (Half)element)).CopyTo(data);
                break;
            default:
                var scale = vector.Max(element => Math.Abs(element)) / 127;
                for (var i = 0; i < vector.Length; i++)
                {
                    data[i] = (byte)(sbyte)(scale == 0 ? 0 : MathF.Round(vector[i] / scale));
                }

                BinaryPrimitives.WriteSingleLittleEndian(data[vector.Length..], scale);
                break;
        }
    }
}

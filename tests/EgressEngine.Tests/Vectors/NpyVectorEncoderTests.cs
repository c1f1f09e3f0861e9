using System.Runtime.InteropServices;
using System.Text;
using Egress.Models;
using Egress.Vectors;

namespace Egress.Tests.Vectors;

public sealed class NpyVectorEncoderTests
{
    private readonly NpyVectorEncoder _encoder = new();

    [Fact]
    public void Vectors_lie_one_below_the_other()
    {
        var layout = new VectorLayout(VectorPrecision.Float32, 2, IsTokenLevel: false);
        var batch = new VectorBatch(layout, [Row("a", 1, 1f, 2f), Row("b", 1, 3f, 4f)]);
        Assert.Equal([".npy", ".ids.json"], _encoder.Extensions(layout));
        var (header, data) = Read(".npy", batch);
        Assert.Contains("'<f4'", header, StringComparison.Ordinal);
        Assert.Contains("(2, 2,)", header, StringComparison.Ordinal);
        Assert.Equal([1f, 2f, 3f, 4f], MemoryMarshal.Cast<byte, float>(data).ToArray());
        Assert.Equal("""{"ids":["a","b"]}""", Text(".ids.json", batch));
    }

    [Fact]
    public void Scales_of_8_bit_vectors_have_a_file_of_their_own()
    {
        var layout = new VectorLayout(VectorPrecision.Int8, 3, IsTokenLevel: false);
        byte[] first = [1, 2, 255, .. BitConverter.GetBytes(0.5f)];
        byte[] second = [4, 5, 6, .. BitConverter.GetBytes(0.25f)];
        var batch = new VectorBatch(layout, [new VectorRow("a", 0, "x", 1, first), new VectorRow("b", 0, "y", 1, second)]);
        Assert.Equal([".npy", ".ids.json", ".scales.npy"], _encoder.Extensions(layout));
        var (header, data) = Read(".npy", batch);
        Assert.Contains("'|i1'", header, StringComparison.Ordinal);
        Assert.Equal([1, 2, 255, 4, 5, 6], data);
        Assert.Equal([0.5f, 0.25f], MemoryMarshal.Cast<byte, float>(Read(".scales.npy", batch).Data).ToArray());
        Assert.Equal("""{"ids":["a","b"],"texts":["x","y"]}""", Text(".ids.json", batch));
        var elements = new float[3];
        VectorElements.Read(layout, first, elements);
        Assert.Equal([0.5f, 1f, -0.5f], elements);
    }

    [Fact]
    public void Offsets_say_where_the_tokens_of_a_row_begin()
    {
        var layout = new VectorLayout(VectorPrecision.Float32, 2, IsTokenLevel: true);

        // The first row has room for three tokens and only two of them.
        var batch = new VectorBatch(layout, [Row("a", 2, 1f, 2f, 3f, 4f, 9f, 9f), Row("b", 1, 5f, 6f)]);
        Assert.Equal([".npy", ".ids.json", ".offsets.npy"], _encoder.Extensions(layout));
        var (header, data) = Read(".npy", batch);
        Assert.Contains("(3, 2,)", header, StringComparison.Ordinal);
        Assert.Equal([1f, 2f, 3f, 4f, 5f, 6f], MemoryMarshal.Cast<byte, float>(data).ToArray());
        Assert.Equal([0L, 2L, 3L], MemoryMarshal.Cast<byte, long>(Read(".offsets.npy", batch).Data).ToArray());
    }

    private static VectorRow Row(string id, int count, params float[] elements) =>
        new(id, 0, null, count, MemoryMarshal.AsBytes(elements.AsSpan()).ToArray());

    private string Text(string extension, VectorBatch batch)
    {
        using var stream = new MemoryStream();
        _encoder.Write(extension, batch, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private (string Header, byte[] Data) Read(string extension, VectorBatch batch)
    {
        using var stream = new MemoryStream();
        _encoder.Write(extension, batch, stream);
        var bytes = stream.ToArray();
        var length = BitConverter.ToUInt16(bytes, 8);
        return (Encoding.ASCII.GetString(bytes, 10, length), bytes[(10 + length)..]);
    }
}

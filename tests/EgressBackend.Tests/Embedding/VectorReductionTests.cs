using System.Runtime.InteropServices;
using Egress.Models;
using Egress.Vectors;

namespace Egress.Backend.Tests.Embedding;

/// <summary>What leaves the device of hidden states: norms, integers with their scale.</summary>
public sealed class VectorReductionTests : EncoderTests
{
    [Theory]
    [InlineData(VectorPooling.Mean, VectorPrecision.Float32)]
    [InlineData(VectorPooling.Mean, VectorPrecision.Int8)]
    [InlineData(VectorPooling.None, VectorPrecision.Float16)]
    [InlineData(VectorPooling.None, VectorPrecision.Int8)]
    public void Normalised_vectors_have_a_length_of_1(VectorPooling pooling, VectorPrecision precision)
    {
        var reference = EncoderReference.Of("bert");
        reference.Write(Folder["model"]);
        using var session = Open(Options("model") with { Pooling = pooling, Normalize = true, VectorPrecision = precision });

        var output = SessionRun.Run(session, Device, [reference.Sequences[0].Ids, reference.Sequences[2].Ids])[0];

        var expected = reference.Sequences[0].Pool(pooling).Chunk(24).Select(Normalise).ToList();
        for (var vector = 0; vector < expected.Count; vector++)
        {
            var elements = new float[24];
            VectorElements.Read(session.Layout, output.AsSpan(vector * session.Layout.VectorBytes), elements);
            Closeness.AssertClose(expected[vector], elements, precision switch { VectorPrecision.Float32 => 1e-5, VectorPrecision.Float16 => 1e-3, _ => 0.5 / 127 * 1.001 });
            Assert.Equal(1, Math.Sqrt(elements.Sum(element => (double)element * element)), 1e-2);
        }
    }

    /// <summary>Each element is within half a step of the scale, the largest is ±127 exactly, and behind the elements lies the scale.</summary>
    [Theory]
    [InlineData(VectorPooling.Cls)]
    [InlineData(VectorPooling.None)]
    public void Integers_and_their_scale_give_the_vectors_back(VectorPooling pooling)
    {
        var reference = EncoderReference.Of("roberta");
        using var single = Open("roberta", pooling);
        using var integer = Open(Options("model") with { Pooling = pooling, VectorPrecision = VectorPrecision.Int8 });
        List<int[]> sequences = [.. reference.Sequences.Select(sequence => sequence.Ids)];

        var expected = SessionRun.Run(single, Device, sequences);
        var actual = SessionRun.Run(integer, Device, sequences);

        Assert.Equal(20, integer.Layout.VectorBytes);
        for (var i = 0; i < expected.Count; i++)
        {
            var vectors = SessionRun.Floats(expected[i]).Chunk(16).ToList();
            for (var vector = 0; vector < (pooling == VectorPooling.None ? sequences[i].Length : 1); vector++)
            {
                var bytes = actual[i].AsSpan(vector * 20, 20);
                var largest = vectors[vector].Max(Math.Abs);
                var scale = MemoryMarshal.Read<float>(bytes[16..]);
                Assert.Equal(largest / 127, scale, 1e-6 * scale);
                var integers = MemoryMarshal.Cast<byte, sbyte>(bytes[..16]).ToArray();
                Assert.Equal(127, integers.Max(value => Math.Abs((int)value)));
                for (var element = 0; element < 16; element++)
                {
                    Assert.Equal(vectors[vector][element], integers[element] * scale, 0.5001 * scale);
                }
            }
        }
    }

    [Fact]
    public void A_vector_of_zeros_has_a_scale_of_0()
    {
        var reference = EncoderReference.Of("bert");
        reference.Write(Folder["model"]);
        ModelFiles.Write(Folder["zero.safetensors"], [.. reference.Tensors().Select(tensor =>
            tensor.Name.StartsWith("encoder.layer.1.output.LayerNorm", StringComparison.Ordinal)
                ? tensor with { Data = new byte[tensor.Data.Length] }
                : tensor)]);
        using var session = Open(Options("model") with
        {
            WeightsPath = Folder["zero.safetensors"],
            VectorPrecision = VectorPrecision.Int8,
            Normalize = true,
        });

        var output = SessionRun.Run(session, Device, [[1, 2, 3]])[0];

        Assert.Equal(new byte[28], output);
    }

    private static double[] Normalise(double[] vector)
    {
        var length = Math.Sqrt(vector.Sum(value => value * value));
        return [.. vector.Select(value => value / length)];
    }
}

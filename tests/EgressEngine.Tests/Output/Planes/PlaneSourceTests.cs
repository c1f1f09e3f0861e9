using System.Runtime.InteropServices;
using Egress.Models;
using Egress.Output.Planes;

namespace Egress.Tests.Output.Planes;

public class PlaneSourceTests
{
    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.Float16)]
    [InlineData(ElementType.BFloat16)]
    public void Scores_are_widened_exactly(ElementType type)
    {
        // Whole numbers, fractions and, for halves, subnormal ones; a length that leaves a rest beside every vector.
        var values = Enumerable.Range(0, 77).Select(i => (i - 38) * (i % 3 == 0 ? 1f / 16777216 : 0.25f)).ToArray();
        var narrow = values.SelectMany(value => Narrow(type, value)).ToArray();
        var wide = new float[values.Length];

        Scores.Widen(type, narrow, wide);

        for (var i = 0; i < values.Length; i++)
        {
            Assert.Equal(type == ElementType.BFloat16 ? BFloat(values[i]) : values[i], wide[i]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    public void The_class_of_the_largest_score_wins_and_of_equal_scores_the_lowest(int width)
    {
        const int Classes = 5;
        var random = new Random(width);
        var scores = Enumerable.Range(0, Classes * width).Select(_ => (float)random.Next(4)).ToArray();
        var labels = new int[width];
        var largest = new float[width];

        Scores.ArgMax(scores, width, labels, largest);

        for (var x = 0; x < width; x++)
        {
            var column = Enumerable.Range(0, Classes).Select(label => scores[(label * width) + x]).ToList();
            Assert.Equal((column.IndexOf(column.Max()), column.Max()), (labels[x], largest[x]));
        }
    }

    [Theory]
    [InlineData(ElementType.UInt8, 1)]
    [InlineData(ElementType.UInt8, 5)]
    [InlineData(ElementType.UInt8, 60)]
    [InlineData(ElementType.Int16, 60)]
    public void Labels_in_runs_of_any_length_are_counted_one_by_one(ElementType type, int longest)
    {
        const int Classes = 7;
        const int Side = 45;
        var random = new Random(longest);
        var cells = new ushort[Side * Side];
        for (var at = 0; at < cells.Length;)
        {
            var length = Math.Min(random.Next(1, longest + 1), cells.Length - at);
            cells.AsSpan(at, length).Fill((ushort)random.Next(Classes + 1));
            at += length;
        }

        // Rows that are equal, and an enlargement that repeats rows besides.
        cells.AsSpan(0, 3 * Side).CopyTo(cells.AsSpan(3 * Side));
        cells.AsSpan(9 * Side, Side).CopyTo(cells.AsSpan(10 * Side));
        var map = type == ElementType.UInt8
            ? cells.Select(label => (byte)label).ToArray()
            : MemoryMarshal.AsBytes<ushort>(cells).ToArray();
        var seen = new NearestPlanes(map, type, Side, Side, 71, 83);
        var counter = new LabelCounter(Classes);

        counter.Add(seen);

        var pixels = seen.ToArray();
        var labels = type == ElementType.UInt8 ? [.. pixels.Select(pixel => (int)pixel)] : MemoryMarshal.Cast<byte, ushort>(pixels).ToArray().Select(pixel => (int)pixel).ToArray();
        Assert.Equal(Enumerable.Range(0, Classes).Select(label => (long)labels.Count(pixel => pixel == label)), counter.Counts);
        for (var y = 1; y < seen.Height; y++)
        {
            Assert.Equal(labels.AsSpan(y * 83, 83).SequenceEqual(labels.AsSpan((y - 1) * 83, 83)), seen.RepeatsAbove(y));
        }
    }

    [Fact]
    public void Scaled_scores_are_those_of_torch()
    {
        // torch.nn.functional.interpolate(torch.arange(12.).reshape(1, 2, 2, 3) ** 2, size=(3, 5), mode='bilinear'), PyTorch 1.13.
        float[] cells = [.. Enumerable.Range(0, 12).Select(i => (float)(i * i))];
        float[] expected =
        [
            0.0f, 0.4f, 1.0f, 2.8f, 4.0f, 4.5f, 6.1f, 8.5f, 12.1f, 14.5f, 9.0f, 11.8f, 16.0f, 21.4f, 25.0f,
            36.0f, 41.2f, 49.0f, 58.0f, 64.0f, 58.5f, 64.9f, 74.5f, 85.3f, 92.5f, 81.0f, 88.6f, 100.0f, 112.6f, 121.0f,
        ];
        var source = new LinearPlanes(
            new MemoryPlanes(MemoryMarshal.AsBytes<float>(cells).ToArray(), ElementType.Float32, 2, 2, 3), 3, 5);

        Assert.Equal([2, 3, 5], source.Shape);
        Assert.Equal(expected, Read(source), new Within(1e-4f));
    }

    [Fact]
    public void Scaled_rows_may_be_asked_for_in_any_order()
    {
        var cells = new float[3 * 7 * 5];
        var random = new Random(1);
        for (var i = 0; i < cells.Length; i++)
        {
            cells[i] = random.NextSingle();
        }

        var planes = new MemoryPlanes(MemoryMarshal.AsBytes<float>(cells).ToArray(), ElementType.Float32, 3, 7, 5);
        var inOrder = Read(new LinearPlanes(planes, 16, 9));
        var source = new LinearPlanes(planes, 16, 9);
        var row = new byte[source.RowBytes];
        foreach (var index in Enumerable.Range(0, 3 * 16).OrderBy(_ => random.Next()).ToList())
        {
            source.CopyRow(index / 16, index % 16, row);
            Assert.Equal(inOrder.Skip(index * 9).Take(9), MemoryMarshal.Cast<byte, float>(row).ToArray());
        }
    }

    [Fact]
    public void Scaled_probabilities_of_a_pixel_still_add_up_to_1()
    {
        float[] first = [0.1f, 0.9f, 0.5f, 0.25f];
        float[] both = [.. first, .. first.Select(value => 1 - value)];
        var source = new LinearPlanes(new MemoryPlanes(MemoryMarshal.AsBytes<float>(both).ToArray(), ElementType.Float32, 2, 2, 2), 5, 7);

        var scaled = Read(source);

        Assert.All(Enumerable.Range(0, 35), pixel => Assert.Equal(1, scaled[pixel] + scaled[35 + pixel], 1e-6f));
    }

    [Fact]
    public void Fractions_are_numbers_from_0_to_1()
    {
        ushort[] fractions = [0, 65535, 32768, 1];
        var source = new FractionPlanes(new MemoryPlanes(MemoryMarshal.AsBytes<ushort>(fractions).ToArray(), ElementType.UInt16, 0, 2, 2));

        Assert.Equal([0, 1, 32768 / 65535f, 1 / 65535f], Read(source));
    }

    [Theory]
    [InlineData(16, 16)]
    [InlineData(100, 37)]
    [InlineData(5, 9)]
    public void Pixels_are_counted_in_the_size_that_is_seen(int width, int height)
    {
        var random = new Random(3);
        var labels = Enumerable.Range(0, 16 * 16).Select(_ => (ushort)random.Next(300)).ToArray();
        var source = new NearestPlanes(MemoryMarshal.AsBytes<ushort>(labels).ToArray(), ElementType.Int16, 16, 16, height, width);
        var counter = new LabelCounter(300);

        counter.Add(source);

        var expected = new long[300];
        var row = new byte[source.RowBytes];
        for (var y = 0; y < height; y++)
        {
            source.CopyRow(0, y, row);
            foreach (var label in MemoryMarshal.Cast<byte, ushort>(row))
            {
                expected[label]++;
            }
        }

        Assert.Equal(expected, counter.Counts);
        Assert.Equal(width * height, counter.Counts.Sum());
    }

    private static float[] Read(PlaneSource source)
    {
        var all = new byte[source.Bytes];
        for (var i = 0; i < source.PlaneCount * source.Height; i++)
        {
            source.CopyRow(i / source.Height, i % source.Height, all.AsSpan(i * source.RowBytes, source.RowBytes));
        }

        return MemoryMarshal.Cast<byte, float>(all).ToArray();
    }

    private static byte[] Narrow(ElementType type, float value) => type switch
    {
        ElementType.Float32 => BitConverter.GetBytes(value),
        ElementType.Float16 => BitConverter.GetBytes((Half)value),
        _ => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)),
    };

    private static float BFloat(float value) => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000);

    private sealed class Within(float tolerance) : IEqualityComparer<float>
    {
        public bool Equals(float first, float second) => Math.Abs(first - second) <= tolerance;

        public int GetHashCode(float value) => 0;
    }
}

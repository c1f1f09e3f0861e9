using System.Numerics;
using System.Runtime.InteropServices;
using Egress.Models;

namespace Egress.Output.Planes;

/// <summary>What is done with rows of a model's scores on the host.</summary>
public static class Scores
{
    // 2¹¹²: the difference between the exponents' offsets of single and half precision.
    private const float HalfScale = 5192296858534827628530496329220096f;

    /// <summary>Widens scores to single precision.</summary>
    /// <param name="type">Their type.</param>
    /// <param name="source">As many scores as <paramref name="target"/> takes.</param>
    /// <param name="target">Receives them.</param>
    public static void Widen(ElementType type, ReadOnlySpan<byte> source, Span<float> target)
    {
        switch (type)
        {
            case ElementType.Float32:
                MemoryMarshal.Cast<byte, float>(source)[..target.Length].CopyTo(target);
                break;
            case ElementType.Float16:
                WidenHalf(MemoryMarshal.Cast<byte, ushort>(source)[..target.Length], target);
                break;
            case ElementType.BFloat16:
                WidenBFloat(MemoryMarshal.Cast<byte, ushort>(source)[..target.Length], target);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, null);
        }
    }

    /// <summary>
    /// Finds the class with the largest score of each pixel in a row; of equal scores the lowest class wins, as on the device.
    /// </summary>
    /// <param name="scores">The row's scores: <c>[classes, <paramref name="width"/>]</c>.</param>
    /// <param name="width">Pixels of the row.</param>
    /// <param name="labels">Receives the classes.</param>
    /// <param name="largest">Receives their scores.</param>
    public static void ArgMax(ReadOnlySpan<float> scores, int width, Span<int> labels, Span<float> largest)
    {
        labels[..width].Clear();
        scores[..width].CopyTo(largest);
        var classes = scores.Length / width;
        for (var label = 1; label < classes; label++)
        {
            var row = scores.Slice(label * width, width);
            var x = 0;
            var number = new Vector<int>(label);
            for (; x <= width - Vector<float>.Count; x += Vector<float>.Count)
            {
                var score = new Vector<float>(row[x..]);
                var best = new Vector<float>(largest[x..]);
                var above = Vector.GreaterThan(score, best);
                Vector.ConditionalSelect(above, score, best).CopyTo(largest[x..]);
                Vector.ConditionalSelect(above, number, new Vector<int>(labels[x..])).CopyTo(labels[x..]);
            }

            for (; x < width; x++)
            {
                if (row[x] > largest[x])
                {
                    (largest[x], labels[x]) = (row[x], label);
                }
            }
        }
    }

    // The exponent of a half moves to a single's place by a shift, and to its offset by a multiplication, which is right for
    // subnormal numbers too. Infinities and NaNs come out as large numbers; scores are neither.
    private static void WidenHalf(ReadOnlySpan<ushort> source, Span<float> target)
    {
        var i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out var low, out var high);
            HalfToSingle(low).CopyTo(target[i..]);
            HalfToSingle(high).CopyTo(target[(i + Vector<uint>.Count)..]);
        }

        for (; i < source.Length; i++)
        {
            target[i] = (float)BitConverter.UInt16BitsToHalf(source[i]);
        }
    }

    private static Vector<float> HalfToSingle(Vector<uint> half)
    {
        var sign = (half & new Vector<uint>(0x8000)) << 16;
        var magnitude = Vector.AsVectorSingle((half & new Vector<uint>(0x7FFF)) << 13) * HalfScale;
        return Vector.AsVectorSingle(Vector.AsVectorUInt32(magnitude) | sign);
    }

    private static void WidenBFloat(ReadOnlySpan<ushort> source, Span<float> target)
    {
        var words = MemoryMarshal.Cast<float, uint>(target);
        var i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out var low, out var high);
            (low << 16).CopyTo(words[i..]);
            (high << 16).CopyTo(words[(i + Vector<uint>.Count)..]);
        }

        for (; i < source.Length; i++)
        {
            words[i] = (uint)source[i] << 16;
        }
    }
}

using System.Numerics;
using System.Runtime.InteropServices;
using Egress.Models;
using Egress.Output.Planes;

namespace Egress.Segmentation.Tiles;

/// <summary>Makes of a picture's blended scores the output that was asked for, as the device does for whole pictures.</summary>
/// <param name="kind">The output.</param>
/// <param name="classes">Classes that there are scores of.</param>
/// <param name="tileSize">The most columns of a piece.</param>
/// <param name="spool">Takes the output; null where none is kept.</param>
/// <param name="counter">Takes the labels; null where they are not counted.</param>
internal sealed class TileReducer(OutputKind kind, int classes, int tileSize, OutputSpool? spool, LabelCounter? counter) : IScoreSink
{
    private readonly ElementType _labelType = OutputLayout.LabelType(classes);
    private readonly int[] _classes = new int[tileSize];
    private readonly float[] _largest = new float[tileSize];
    private readonly float[] _sums = new float[tileSize];
    private readonly ushort[] _words = new ushort[tileSize];

    /// <inheritdoc/>
    public void Write(int y, int x, int width, Span<float> scores)
    {
        if (kind == OutputKind.Logits)
        {
            WritePlanes(y, x, width, scores);
            return;
        }

        Scores.ArgMax(scores, width, _classes, _largest);
        if (kind == OutputKind.Probabilities)
        {
            Exponentials(scores, width);
            Divide(scores, width);
            WritePlanes(y, x, width, scores);
            return;
        }

        WriteLabels(y, x, width);
        if (kind == OutputKind.Confidence)
        {
            // The largest score's own exponential is 1, so its share is 1 in the sum of all.
            Exponentials(scores, width);
            for (var i = 0; i < width; i++)
            {
                _words[i] = (ushort)MathF.Round(OutputLayout.ConfidenceScale / _sums[i]);
            }

            spool?.Write(1, 0, y, x, MemoryMarshal.AsBytes(_words.AsSpan(0, width)));
        }
    }

    private void WriteLabels(int y, int x, int width)
    {
        var bytes = MemoryMarshal.AsBytes(_words.AsSpan());
        for (var i = 0; i < width; i++)
        {
            if (_labelType == ElementType.UInt8)
            {
                bytes[i] = (byte)_classes[i];
            }
            else
            {
                _words[i] = (ushort)_classes[i];
            }
        }

        var labels = bytes[..(width * _labelType.SizeInBytes())];
        counter?.Add(_labelType, labels);
        spool?.Write(0, 0, y, x, labels);
    }

    private void WritePlanes(int y, int x, int width, Span<float> scores)
    {
        for (var label = 0; spool is not null && label < classes; label++)
        {
            spool.Write(0, label, y, x, MemoryMarshal.AsBytes(scores.Slice(label * width, width)));
        }
    }

    /// <summary>Turns scores into exponentials of their distance from the largest, and adds them up.</summary>
    private void Exponentials(Span<float> scores, int width)
    {
        var sums = _sums.AsSpan(0, width);
        sums.Clear();
        for (var label = 0; label < classes; label++)
        {
            var row = scores.Slice(label * width, width);
            var i = 0;
            for (; i <= width - Vector<float>.Count; i += Vector<float>.Count)
            {
                var power = Vector.Exp(new Vector<float>(row[i..]) - new Vector<float>(_largest, i));
                power.CopyTo(row[i..]);
                (new Vector<float>(sums[i..]) + power).CopyTo(sums[i..]);
            }

            for (; i < width; i++)
            {
                row[i] = MathF.Exp(row[i] - _largest[i]);
                sums[i] += row[i];
            }
        }
    }

    private void Divide(Span<float> scores, int width)
    {
        for (var i = 0; i < scores.Length; i++)
        {
            scores[i] /= _sums[i % width];
        }
    }
}

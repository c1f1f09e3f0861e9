using System.Runtime.InteropServices;
using Egress.Models;

namespace Egress.Output.Planes;

/// <summary>The class with the largest score at each pixel, seen as a label map.</summary>
/// <param name="scores">Scores or probabilities, a plane a class.</param>
public sealed class ScoreLabels(PlaneSource scores)
    : PlaneSource(OutputLayout.LabelType(scores.PlaneCount), 0, scores.Height, scores.Width)
{
    private readonly byte[] _row = new byte[scores.RowBytes];
    private readonly float[] _scores = new float[scores.PlaneCount * scores.Width];
    private readonly int[] _labels = new int[scores.Width];
    private readonly float[] _largest = new float[scores.Width];

    /// <inheritdoc/>
    public override void CopyRow(int plane, int y, Span<byte> row)
    {
        for (var label = 0; label < scores.PlaneCount; label++)
        {
            scores.CopyRow(label, y, _row);
            Scores.Widen(scores.Type, _row, _scores.AsSpan(label * Width, Width));
        }

        Scores.ArgMax(_scores, Width, _labels, _largest);
        var words = MemoryMarshal.Cast<byte, ushort>(row);
        for (var x = 0; x < Width; x++)
        {
            if (Type == ElementType.UInt8)
            {
                row[x] = (byte)_labels[x];
            }
            else
            {
                words[x] = (ushort)_labels[x];
            }
        }
    }
}

using System.Runtime.InteropServices;
using Egress.Models;

namespace Egress.Output.Planes;

/// <summary>A label map of any number of classes in the 256 colours of a palette: classes beyond take their colours in turn, never class 0's.</summary>
/// <param name="labels">16-bit labels.</param>
public sealed class PaletteLabels(PlaneSource labels) : PlaneSource(ElementType.UInt8, 0, labels.Height, labels.Width)
{
    private readonly byte[] _row = new byte[labels.RowBytes];

    /// <inheritdoc/>
    public override bool RepeatsAbove(int y) => labels.RepeatsAbove(y);

    /// <inheritdoc/>
    public override void CopyRow(int plane, int y, Span<byte> row)
    {
        labels.CopyRow(0, y, _row);
        var source = MemoryMarshal.Cast<byte, ushort>(_row);
        for (var x = 0; x < source.Length; x++)
        {
            row[x] = (byte)(source[x] == 0 ? 0 : ((source[x] - 1) % 255) + 1);
        }
    }
}

using System.Runtime.InteropServices;
using Egress.Models;

namespace Egress.Output.Planes;

/// <summary>Confidence as it crosses the bus, a 16-bit fraction of 1, seen as single-precision numbers.</summary>
/// <param name="fractions">The fractions; <see cref="ElementType.UInt16"/>.</param>
public sealed class FractionPlanes(PlaneSource fractions) : PlaneSource(ElementType.Float32, 0, fractions.Height, fractions.Width)
{
    private readonly byte[] _row = new byte[fractions.RowBytes];

    /// <inheritdoc/>
    public override bool RepeatsAbove(int y) => fractions.RepeatsAbove(y);

    /// <inheritdoc/>
    public override void CopyRow(int plane, int y, Span<byte> row)
    {
        fractions.CopyRow(plane, y, _row);
        var source = MemoryMarshal.Cast<byte, ushort>(_row);
        var numbers = MemoryMarshal.Cast<byte, float>(row)[..source.Length];
        for (var x = 0; x < numbers.Length; x++)
        {
            numbers[x] = source[x] / (float)OutputLayout.ConfidenceScale;
        }
    }
}

namespace Egress.Output;

/// <summary>
/// The colours of the PASCAL VOC label pictures, as the challenge's development kit defines them: the bits of the class number
/// spread over red, green and blue from the top bit down.
/// </summary>
public static class VocPalette
{
    /// <summary>Red, green and blue of all 256 classes.</summary>
    public static ReadOnlySpan<byte> Colors => s_colors;

    private static readonly byte[] s_colors = Build();

    private static byte[] Build()
    {
        var colors = new byte[256 * 3];
        for (var label = 0; label < 256; label++)
        {
            for (int rest = label, bit = 7; rest != 0; rest >>= 3, bit--)
            {
                colors[(3 * label) + 0] |= (byte)((rest & 1) << bit);
                colors[(3 * label) + 1] |= (byte)(((rest >> 1) & 1) << bit);
                colors[(3 * label) + 2] |= (byte)(((rest >> 2) & 1) << bit);
            }
        }

        return colors;
    }
}

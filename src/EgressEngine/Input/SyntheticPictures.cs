using System.Runtime.InteropServices;

namespace Egress.Input;

/// <summary>
/// Random pictures in place of decoded ones. Normalised with the ImageNet mean and deviation they are close to the standard normal
/// noise that the article feeds its model, and the same index always gives the same picture.
/// </summary>
public static class SyntheticPictures
{
    // Byte values at the 256 quantiles of a normal distribution with ImageNet's mean and deviation, which differ little between
    // the three colours: 0.449 and 0.226 on a scale of 0 to 1.
    private static readonly byte[] s_quantiles = BuildQuantiles();

    /// <summary>Fills a picture's bytes.</summary>
    /// <param name="index">Which picture.</param>
    /// <param name="destination">Receives the bytes.</param>
    public static void Fill(long index, Span<byte> destination)
    {
        var state = unchecked((ulong)index * 0xD134_2543_DE82_EF95) + 0x632B_E59B_D9B4_E019;
        var words = MemoryMarshal.Cast<byte, ulong>(destination);
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = Next(ref state);
        }

        var rest = destination[(words.Length * sizeof(ulong))..];
        for (var i = 0; i < rest.Length; i++)
        {
            rest[i] = (byte)Next(ref state);
        }

        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = s_quantiles[destination[i]];
        }
    }

    // splitmix64 (Steele, Lea and Flood, 2014).
    private static ulong Next(ref ulong state)
    {
        var mixed = state += 0x9E37_79B9_7F4A_7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
        return mixed ^ (mixed >> 31);
    }

    private static byte[] BuildQuantiles()
    {
        const double Mean = 0.449;
        const double Deviation = 0.226;
        var quantiles = new byte[256];
        for (var i = 0; i < quantiles.Length; i++)
        {
            var value = Mean + (Deviation * InverseNormal((i + 0.5) / quantiles.Length));
            quantiles[i] = (byte)Math.Clamp(Math.Round(value * 255), 0, 255);
        }

        return quantiles;
    }

    // Bisection of the distribution function, which is integrated with enough steps for eight bits.
    private static double InverseNormal(double probability)
    {
        double low = -6, high = 6;
        for (var i = 0; i < 40; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Normal(middle) < probability ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }

    private static double Normal(double x)
    {
        const int Steps = 200;
        var width = x / Steps;
        var sum = 0.0;
        for (var i = 0; i < Steps; i++)
        {
            var point = (i + 0.5) * width;
            sum += Math.Exp(-point * point / 2);
        }

        return 0.5 + (sum * width / Math.Sqrt(2 * Math.PI));
    }
}

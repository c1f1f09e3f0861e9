using System.Buffers.Binary;
using System.Text;
using Egress.Files;
using NetVips;

namespace Egress.Backend.Tests.Pictures;

/// <summary>Pictures whose content tests know.</summary>
internal static class TestPictures
{
    public static readonly double[] Red = [220, 30, 40];
    public static readonly double[] Green = [30, 200, 60];
    public static readonly double[] Blue = [40, 50, 210];
    public static readonly double[] Yellow = [230, 220, 20];

    /// <summary>Four quarters: red and green on top, blue and yellow below.</summary>
    public static Image Quarters(int width = 96, int height = 64) => Quarters(width, height, Red, Green, Blue, Yellow);

    /// <summary>Four quarters of these colours: top left, top right, bottom left, bottom right.</summary>
    public static Image Quarters(int width, int height, params double[][] colours)
    {
        var areas = colours.Select(colour => Area(width / 2, height / 2, colour)).ToArray();
        var quarters = Image.Arrayjoin(areas, across: 2);
        foreach (var area in areas)
        {
            area.Dispose();
        }

        return quarters;
    }

    /// <summary>One colour, as 8-bit sRGB (three numbers), or grey (one).</summary>
    public static Image Area(int width, int height, params double[] colour)
    {
        using var black = Image.Black(width, height, colour.Length);
        using var coloured = black + colour;
        using var bytes = coloured.Cast(Enums.BandFormat.Uchar);
        return bytes.Copy(interpretation: colour.Length >= 3 ? Enums.Interpretation.Srgb : Enums.Interpretation.Bw);
    }

    /// <summary>Noise, which no compression takes away and every damage shows in.</summary>
    public static Image Noise(int width, int height)
    {
        var random = new Random(1);
        var pixels = new byte[width * height * 3];
        random.NextBytes(pixels);
        using var image = Image.NewFromMemory(pixels, width, height, 3, Enums.BandFormat.Uchar);
        return image.Copy(interpretation: Enums.Interpretation.Srgb);
    }

    /// <summary>The first bytes of a PNG of this size; no pixel follows.</summary>
    public static byte[] PngHeader(int width, int height)
    {
        var header = new byte[33 + 12];
        ((byte[])[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]).CopyTo(header, 0);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(8), 13);
        Encoding.ASCII.GetBytes("IHDR").CopyTo(header, 12);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(20), height);
        header[24] = 8;
        header[25] = 2;
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(29), ~Crc32.Append(Crc32.Start, header.AsSpan(12, 17)));
        Encoding.ASCII.GetBytes("IDAT").CopyTo(header, 37);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(41), ~Crc32.Append(Crc32.Start, header.AsSpan(37, 4)));
        return header;
    }
}

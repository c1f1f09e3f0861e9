using System.Buffers.Binary;
using NetVips;

namespace Egress.LongRuns;

/// <summary>Whole pictures in every form of the formats that the decoder takes, to be damaged.</summary>
internal static class PictureSeeds
{
    private const int Width = 48;
    private const int Height = 36;

    /// <summary>The pictures, by name.</summary>
    public static IReadOnlyList<(string Name, byte[] Content)> Make()
    {
        using var picture = Gradient(3);
        using var alpha = Gradient(4);
        using var grey = Gradient(1);
        using var deep = picture.Cast(Enums.BandFormat.Ushort);
        using var wide = (deep * 257).Cast(Enums.BandFormat.Ushort).Copy(interpretation: Enums.Interpretation.Rgb16);
        using var cmyk = alpha.Copy(interpretation: Enums.Interpretation.Cmyk);
        using var turned = picture.Mutate(mutable => mutable.Set(GValue.GIntType, "orientation", 6));
        return
        [
            ("jpeg", picture.JpegsaveBuffer(q: 85)),
            ("jpeg, progressive", picture.JpegsaveBuffer(q: 85, interlace: true)),
            ("jpeg, grey", grey.JpegsaveBuffer()),
            ("jpeg, CMYK", cmyk.JpegsaveBuffer()),
            ("jpeg, turned, restarts", turned.JpegsaveBuffer(restartInterval: 2)),
            ("jpeg, profile", picture.JpegsaveBuffer(profile: "srgb")),
            ("png", picture.PngsaveBuffer()),
            ("png, alpha, interlaced", alpha.PngsaveBuffer(interlace: true)),
            ("png, 16 bits", wide.PngsaveBuffer()),
            ("png, grey of 2 bits", grey.PngsaveBuffer(bitdepth: 2)),
            ("webp", picture.WebpsaveBuffer(q: 80)),
            ("webp, lossless", alpha.WebpsaveBuffer(lossless: true)),
            ("webp, alpha", alpha.WebpsaveBuffer(q: 60)),
            ("webp, turned", turned.WebpsaveBuffer(q: 60)),
            ("tiff", picture.TiffsaveBuffer()),
            ("tiff, deflate", alpha.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Deflate, predictor: Enums.ForeignTiffPredictor.Horizontal)),
            ("tiff, lzw, 16 bits", wide.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Lzw)),
            ("tiff, tiles of jpeg", picture.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Jpeg, tile: true, tileWidth: 16, tileHeight: 16)),
            ("tiff, big, packbits", turned.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Packbits, bigtiff: true)),
            ("tiff, pyramid", grey.TiffsaveBuffer(tile: true, pyramid: true, tileWidth: 16, tileHeight: 16)),
        ];
    }

    /// <summary>Gives each chunk of a PNG its right checksum, without which nothing behind the first change is looked at.</summary>
    public static void MendChecksums(Span<byte> png)
    {
        const int Signature = 8;
        const int Frame = 12;
        for (var at = Signature; at + Frame <= png.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png[at..]);
            if (length > png.Length - at - Frame)
            {
                return;
            }

            var chunk = png.Slice(at + 4, 4 + (int)length);
            BinaryPrimitives.WriteUInt32BigEndian(png[(at + 8 + (int)length)..], Egress.Files.Crc32.Append(Egress.Files.Crc32.Start, chunk) ^ uint.MaxValue);
            at += Frame + (int)length;
        }
    }

    private static Image Gradient(int bands)
    {
        var pixels = new byte[Width * Height * bands];
        var random = new Random(bands);
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)((i / bands % Width * 4) + (i % bands * 40) + random.Next(24));
        }

        using var image = Image.NewFromMemory(pixels, Width, Height, bands, Enums.BandFormat.Uchar);
        return image.Copy(interpretation: bands < 3 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);
    }
}

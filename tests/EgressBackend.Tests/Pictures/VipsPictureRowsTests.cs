using Egress.Input;
using NetVips;
using static Egress.Backend.Tests.Pictures.TestPictures;

namespace Egress.Backend.Tests.Pictures;

/// <summary>A picture read row by row has the pixels that it has when it is decoded at once.</summary>
public sealed class VipsPictureRowsTests : DecoderFixture
{
    private const int Side = 96;

    public static TheoryData<string> Files => [.. Save().Keys];

    [Theory]
    [MemberData(nameof(Files))]
    public void Rows_have_the_pixels_of_the_whole_picture(string name)
    {
        var path = Write(name, Save()[name]());
        var (info, expected) = Decode(path, Side);

        Assert.Equal(info, Decoder.Identify(path, long.MaxValue));
        using var rows = Decoder.OpenRows(path, long.MaxValue);
        Assert.Equal(info, rows.Info);
        Assert.Equal(expected, Read(rows));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(6)]
    public void Pictures_of_any_shape_come_in_their_own_size_and_orientation(int orientation)
    {
        using var noise = Noise(70, 41);
        using var picture = noise.Mutate(image => image.Set(GValue.GIntType, "orientation", orientation));
        using var turned = picture.Autorot();

        using var rows = Decoder.OpenRows(Write("p.png", picture.PngsaveBuffer()), long.MaxValue);

        Assert.Equal(orientation == 6 ? new PictureInfo(41, 70) : new PictureInfo(70, 41), rows.Info);
        Assert.Equal(turned.WriteToMemory<byte>(), Read(rows));
    }

    [Theory]
    [InlineData("half.jpg")]
    [InlineData("half.png")]
    [InlineData("half.tif")]
    [InlineData("half.webp")]
    public void A_picture_that_ends_too_early_is_damaged_with_the_same_words(string name)
    {
        using var noise = Noise(300, 300);
        var whole = noise.WriteToBuffer(Path.GetExtension(name));
        var path = Write(name, whole[..(whole.Length / 2)]);
        var expected = AssertFails(path, EgressErrorId.PictureDamaged);

        var error = Assert.Throws<ItemException>(() =>
        {
            using var rows = Decoder.OpenRows(path, long.MaxValue);
            Read(rows);
        });

        Assert.Equal((expected.ErrorId, expected.Category, expected.Target), (error.ErrorId, error.Category, error.Target));
        Assert.Equal(expected.Message, error.Message);
    }

    [Fact]
    public void What_is_no_picture_or_too_large_is_refused_before_a_pixel_is_read()
    {
        using var noise = Noise(30, 20);
        var path = Write("p.png", noise.PngsaveBuffer());
        foreach (var action in new Action<string, long>[] { (file, limit) => Decoder.Identify(file, limit), (file, limit) => Decoder.OpenRows(file, limit) })
        {
            Assert.Equal(EgressErrorId.PictureTooLarge, Assert.Throws<ItemException>(() => action(path, 599)).ErrorId);
            Assert.Equal(EgressErrorId.PathNotFound, Assert.Throws<ItemException>(() => action(PathOf("none.png"), 1000)).ErrorId);
            Assert.Equal(
                EgressErrorId.PictureFormatUnknown, Assert.Throws<ItemException>(() => action(Write("text.png", "text"u8.ToArray()), 1000)).ErrorId);
        }
    }

    private static byte[] Read(IPictureRows rows)
    {
        // Pieces of changing size, as tiles ask for them.
        var pixels = new byte[rows.Info.Width * rows.Info.Height * 3];
        var rowBytes = rows.Info.Width * 3;
        for (int y = 0, count = 1; y < rows.Info.Height; y += count)
        {
            count = Math.Min((y * 7 % 31) + 1, rows.Info.Height - y);
            rows.Read(pixels.AsSpan(y * rowBytes, count * rowBytes));
        }

        return pixels;
    }

    private static Dictionary<string, Func<byte[]>> Save()
    {
        static byte[] With(Func<Image, byte[]> save)
        {
            using var noise = Noise(Side, Side);
            return save(noise);
        }

        var files = new Dictionary<string, Func<byte[]>>
        {
            ["baseline.jpg"] = () => With(picture => picture.JpegsaveBuffer(q: 95)),
            ["progressive.jpg"] = () => With(picture => picture.JpegsaveBuffer(q: 95, interlace: true)),
            ["true.png"] = () => With(picture => picture.PngsaveBuffer()),
            ["interlaced.png"] = () => With(picture => picture.PngsaveBuffer(interlace: true)),
            ["deep.png"] = () => With(picture => picture.Colourspace(Enums.Interpretation.Rgb16).PngsaveBuffer()),
            ["transparent.png"] = () => With(picture => picture.Bandjoin(picture.ExtractBand(1)).PngsaveBuffer()),
            ["grey.png"] = () => With(picture => picture.Colourspace(Enums.Interpretation.Bw).PngsaveBuffer()),
            ["lossless.webp"] = () => With(picture => picture.WebpsaveBuffer(lossless: true)),
            ["plain.tif"] = () => With(picture => picture.TiffsaveBuffer()),
            ["tiled.tif"] = () => With(picture => picture.TiffsaveBuffer(tile: true, tileWidth: 32, tileHeight: 32)),
            ["inks.jpg"] = () => With(picture => picture.Colourspace(Enums.Interpretation.Cmyk).JpegsaveBuffer(q: 95)),
            ["profile.png"] = () => With(picture => picture.IccTransform("p3", inputProfile: "srgb").PngsaveBuffer()),
        };
        for (var orientation = 2; orientation <= 8; orientation++)
        {
            var tag = orientation;
            files[$"orientation{tag}.png"] = () => With(
                picture => picture.Mutate(image => image.Set(GValue.GIntType, "orientation", tag)).PngsaveBuffer());
        }

        return files;
    }
}

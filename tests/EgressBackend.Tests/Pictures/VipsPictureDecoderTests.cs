using Egress.Input;
using NetVips;
using static Egress.Backend.Tests.Pictures.TestPictures;

namespace Egress.Backend.Tests.Pictures;

public sealed class VipsPictureDecoderTests : DecoderFixture
{
    private static readonly double[][] s_quarters = [Red, Green, Blue, Yellow];

    /// <summary>Where the stored picture's first row and first column are in the picture as displayed, by EXIF.</summary>
    public static TheoryData<int, string, string> Orientations { get; } = new()
    {
        { 1, "top", "left" }, { 2, "top", "right" }, { 3, "bottom", "right" }, { 4, "bottom", "left" },
        { 5, "left", "top" }, { 6, "right", "top" }, { 7, "right", "bottom" }, { 8, "left", "bottom" },
    };

    [Theory]
    [MemberData(nameof(Orientations))]
    public void The_orientation_tag_is_applied(int orientation, string firstRow, string firstColumn)
    {
        using var picture = Quarters(96, 64).Mutate(image => image.Set(GValue.GIntType, "orientation", orientation));
        foreach (var (name, content) in new[] { ("p.jpg", picture.JpegsaveBuffer(q: 95)), ("p.png", picture.PngsaveBuffer()), ("p.tif", picture.TiffsaveBuffer()) })
        {
            var (info, pixels) = Decode(Write(name, content));

            Assert.Equal(orientation >= 5 ? new PictureInfo(64, 96) : new PictureInfo(96, 64), info);
            var colours = new double[4][];
            colours[Corner(firstRow, firstColumn)] = Red;
            colours[Corner(firstRow, Opposite(firstColumn))] = Green;
            colours[Corner(Opposite(firstRow), firstColumn)] = Blue;
            colours[Corner(Opposite(firstRow), Opposite(firstColumn))] = Yellow;
            AssertQuarters(pixels, 32, 12, colours);
        }
    }

    [Fact]
    public void Every_format_gives_the_same_colours()
    {
        using var picture = Quarters();
        using var deep = picture.Colourspace(Enums.Interpretation.Rgb16);
        using var opaque = picture.Bandjoin(255);
        var files = new Dictionary<string, byte[]>
        {
            ["baseline.jpg"] = picture.JpegsaveBuffer(q: 95),
            ["progressive.jpg"] = picture.JpegsaveBuffer(q: 95, interlace: true),
            ["true.png"] = picture.PngsaveBuffer(),
            ["interlaced.png"] = picture.PngsaveBuffer(interlace: true),
            ["palette.png"] = picture.PngsaveBuffer(palette: true),
            ["deep.png"] = deep.PngsaveBuffer(),
            ["opaque.png"] = opaque.PngsaveBuffer(),
            ["lossy.webp"] = picture.WebpsaveBuffer(q: 95),
            ["lossless.webp"] = picture.WebpsaveBuffer(lossless: true),
            ["opaque.webp"] = opaque.WebpsaveBuffer(lossless: true),
            ["plain.tif"] = picture.TiffsaveBuffer(),
            ["deep.tif"] = deep.TiffsaveBuffer(),
            ["packed.tif"] = picture.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Lzw),
            ["tiled.tif"] = picture.TiffsaveBuffer(tile: true),
            ["big.tif"] = picture.TiffsaveBuffer(bigtiff: true),
        };
        foreach (var (name, content) in files)
        {
            var (info, pixels) = Decode(Write(name, content));

            Assert.Equal(new PictureInfo(96, 64), info);
            var lossy = name.EndsWith(".jpg", StringComparison.Ordinal) || name.StartsWith("lossy", StringComparison.Ordinal);
            AssertQuarters(pixels, 32, lossy ? 12 : 1, s_quarters);
        }
    }

    [Fact]
    public void A_picture_of_the_right_size_comes_through_byte_for_byte()
    {
        using var noise = Noise(40, 40);

        var (_, pixels) = Decode(Write("noise.png", noise.PngsaveBuffer()), size: 40);

        Assert.Equal(noise.WriteToMemory<byte>(), pixels);
    }

    [Theory]
    [InlineData(7, 5)]
    [InlineData(1, 1)]
    [InlineData(1000, 3)]
    public void Pictures_of_any_shape_fill_the_square(int width, int height)
    {
        using var area = Area(width, height, Green);

        var (info, pixels) = Decode(Write("area.png", area.PngsaveBuffer()), size: 50);

        Assert.Equal(new PictureInfo(width, height), info);
        for (var i = 0; i < 50; i++)
        {
            AssertColour(pixels, 50, i, 49 - i, 1, Green);
        }
    }

    [Fact]
    public void A_large_jpeg_is_shrunk_to_its_average()
    {
        // Stripes one pixel wide: black and white become grey if every pixel counts, and stay or flicker if some are left out.
        using var column = Area(1, 800, 0).Join(Area(1, 800, 250), Enums.Direction.Horizontal);
        using var stripes = column.Replicate(400, 1);

        var (_, pixels) = Decode(Write("stripes.jpg", stripes.JpegsaveBuffer(q: 95)), size: 50);

        Assert.All(pixels, value => Assert.InRange(value, 120, 130));
    }

    /// <summary>Whatever way the decoder takes to them, the pixels are those of libvips's thumbnails.</summary>
    [Theory]
    [InlineData(400, 267)]
    [InlineData(267, 400)]
    [InlineData(256, 256)]
    [InlineData(256, 300)]
    [InlineData(90, 70)]
    [InlineData(200, 900)]
    [InlineData(1023, 1023)]
    [InlineData(1024, 1024)]
    [InlineData(1500, 1100)]
    [InlineData(2000, 1800)]
    public void Pictures_are_resized_as_libvips_does_it(int width, int height)
    {
        const int Size = 256;
        using var noise = Noise(width, height);
        using var smooth = noise.Gaussblur(1.5);
        using var picture = smooth.Cast(Enums.BandFormat.Uchar);
        using var wide = picture.IccTransform("p3");
        var files = new Dictionary<string, byte[]>
        {
            ["p.jpg"] = picture.JpegsaveBuffer(q: 90),
            ["progressive.jpg"] = picture.JpegsaveBuffer(q: 90, interlace: true),
            ["full.jpg"] = picture.JpegsaveBuffer(q: 90, subsampleMode: Enums.ForeignSubsample.Off),
            ["wide.jpg"] = wide.JpegsaveBuffer(q: 90),
            ["p.png"] = picture.PngsaveBuffer(),
            ["p.webp"] = picture.WebpsaveBuffer(q: 90),
            ["p.tif"] = picture.TiffsaveBuffer(),
        };
        foreach (var (name, content) in files)
        {
            AssertIsThumbnail(name, content, Size, name == "wide.jpg" ? "srgb" : null);
        }
    }

    [Fact]
    public void Nothing_of_one_picture_shows_in_the_next()
    {
        using var noise = Noise(400, 400);
        var random = new Random(3);
        for (var i = 0; i < 120; i++)
        {
            // More sizes than are kept, each several times with other pixels.
            var width = 40 + (16 * random.Next(6)) + (i / 4);
            var height = 40 + (30 * random.Next(6)) + (i / 4);
            using var part = noise.ExtractArea(random.Next(400 - width), random.Next(400 - height), width, height);

            AssertIsThumbnail($"{i}.png", part.PngsaveBuffer(), size: i % 3 == 0 ? 50 : 64);
        }
    }

    [Fact]
    public void Grey_is_spread_over_the_colours()
    {
        using var grey = Area(20, 20, 77);
        using var deep = (grey * 257).Cast(Enums.BandFormat.Ushort).Copy(interpretation: Enums.Interpretation.Grey16);
        foreach (var (name, content, tolerance) in new[]
        {
            ("g.png", grey.PngsaveBuffer(), 0), ("g16.png", deep.PngsaveBuffer(), 1), ("g.jpg", grey.JpegsaveBuffer(q: 95), 2), ("g.tif", grey.TiffsaveBuffer(), 0),
        })
        {
            AssertColour(Decode(Write(name, content)).Pixels, 32, 16, 16, tolerance, [77, 77, 77]);
        }
    }

    [Fact]
    public void Transparent_pictures_lie_on_black()
    {
        using var colour = Area(20, 20, Yellow).Bandjoin(128);
        using var grey = Area(20, 20, 200).Bandjoin(64);
        using var deep = (colour * 257).Cast(Enums.BandFormat.Ushort).Copy(interpretation: Enums.Interpretation.Rgb16);
        using var none = Area(20, 20, Yellow).Bandjoin(0);
        var half = Yellow.Select(value => value * 128 / 255).ToArray();

        AssertColour(Decode(Write("rgba.png", colour.PngsaveBuffer())).Pixels, 32, 16, 16, 2, half);
        AssertColour(Decode(Write("rgba.webp", colour.WebpsaveBuffer(lossless: true))).Pixels, 32, 16, 16, 2, half);
        AssertColour(Decode(Write("rgba.tif", colour.TiffsaveBuffer())).Pixels, 32, 16, 16, 2, half);
        AssertColour(Decode(Write("rgba16.png", deep.PngsaveBuffer())).Pixels, 32, 16, 16, 2, half);
        AssertColour(Decode(Write("la.png", grey.PngsaveBuffer())).Pixels, 32, 16, 16, 2, [50, 50, 50]);
        AssertColour(Decode(Write("none.png", none.PngsaveBuffer())).Pixels, 32, 16, 16, 0, [0, 0, 0]);
    }

    [Fact]
    public void Inks_and_other_colour_spaces_are_converted()
    {
        // Colours that a printer has, too.
        double[][] muted = [[150, 90, 80], [90, 130, 90], [80, 90, 130], [170, 160, 100]];
        using var picture = Quarters(96, 64, muted);
        using var inks = picture.IccTransform("cmyk");
        using var bareInks = inks.Mutate(image => image.Remove("icc-profile-data"));
        Assert.Equal(4, inks.Bands);

        AssertQuarters(Decode(Write("cmyk.jpg", inks.JpegsaveBuffer(q: 95))).Pixels, 32, 12, muted);
        AssertQuarters(Decode(Write("cmyk.tif", inks.TiffsaveBuffer())).Pixels, 32, 12, muted);
        AssertQuarters(Decode(Write("bare.jpg", bareInks.JpegsaveBuffer(q: 95))).Pixels, 32, 12, muted);

        using var bright = Quarters();
        using var wide = bright.IccTransform("p3");
        Assert.NotInRange(wide.Getpoint(10, 10)[0], Red[0] - 10, Red[0] + 10);
        AssertQuarters(Decode(Write("p3.png", wide.PngsaveBuffer())).Pixels, 32, 3, s_quarters);
    }

    [Fact]
    public void Of_several_pages_or_frames_the_first_is_taken()
    {
        using var first = Area(24, 16, Blue);
        using var second = Area(24, 16, Red);
        using var both = first.Join(second, Enums.Direction.Vertical).Mutate(image => image.Set(GValue.GIntType, "page-height", 16));

        foreach (var path in new[] { Write("pages.tif", both.TiffsaveBuffer()), Write("frames.webp", both.WebpsaveBuffer(lossless: true)) })
        {
            var (info, pixels) = Decode(path);

            Assert.Equal(new PictureInfo(24, 16), info);
            AssertQuarters(pixels, 32, 1, Blue, Blue, Blue, Blue);
        }
    }

    [Theory]
    [InlineData("brackets[page=3].png")]
    [InlineData("[].png")]
    [InlineData("with spaces and 'quotes'.png")]
    [InlineData("größe-写真-🖼.png")]
    [InlineData("new\nline.png")]
    [InlineData("100%s.png")]
    [InlineData("no extension")]
    [InlineData("wrong extension.txt")]
    public void Names_are_only_names(string name)
    {
        using var picture = Quarters();

        AssertQuarters(Decode(Write(name, picture.PngsaveBuffer())).Pixels, 32, 1, s_quarters);
    }

    [Fact]
    public void A_picture_may_have_as_many_pixels_as_allowed_and_none_more()
    {
        using var area = Area(30, 20, Green);
        var path = Write("area.png", area.PngsaveBuffer());

        Assert.Equal(new PictureInfo(30, 20), Decode(path, maxPixels: 600).Info);
        var error = AssertFails(path, EgressErrorId.PictureTooLarge, maxPixels: 599);
        Assert.Contains("30 × 20", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_destination_has_to_be_of_the_right_size()
    {
        using var area = Area(30, 20, Green);
        var path = Write("area.png", area.PngsaveBuffer());

        Assert.Throws<ArgumentOutOfRangeException>(() => Decoder.Decode(path, 10, 1000, new byte[301]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Decoder.Decode(path, 0, 1000, []));
    }

    [Fact]
    public void Decoding_leaves_no_file_and_no_memory_behind()
    {
        using var picture = Quarters(400, 300);
        string[] paths = [Write("p.jpg", picture.JpegsaveBuffer()), Write("p.webp", picture.WebpsaveBuffer()), Write("p.tif", picture.TiffsaveBuffer())];
        var damaged = Write("d.jpg", picture.JpegsaveBuffer()[..400]);
        DecodeAll();
        var files = OpenFiles();
        var bytes = Stats.Mem;

        for (var i = 0; i < 50; i++)
        {
            DecodeAll();
        }

        Assert.Equal(files, OpenFiles());
        Assert.Equal(bytes, Stats.Mem);

        void DecodeAll()
        {
            foreach (var path in paths)
            {
                _ = Decode(path);
            }

            AssertFails(damaged, EgressErrorId.PictureDamaged);
        }
    }

    private void AssertIsThumbnail(string name, byte[] content, int size, string? profile = null)
    {
        using var thumbnail = Image.ThumbnailBuffer(
            content, size, height: size, size: Enums.Size.Force, noRotate: true, outputProfile: profile);

        var (_, pixels) = Decode(Write(name, content), size, maxPixels: 10_000_000);

        Assert.True(thumbnail.WriteToMemory<byte>().AsSpan().SequenceEqual(pixels), name);
    }

    private static int OpenFiles() => Directory.GetFiles("/proc/self/fd").Length;

    private static int Corner(string side, string other)
    {
        string[] sides = [side, other];
        return (sides.Contains("bottom") ? 2 : 0) + (sides.Contains("right") ? 1 : 0);
    }

    private static string Opposite(string side) => side switch
    {
        "top" => "bottom",
        "bottom" => "top",
        "left" => "right",
        _ => "left",
    };
}

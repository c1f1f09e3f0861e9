using Egress.Backend.Pictures;
using Egress.Models;
using Egress.Output;
using Egress.Output.Formats;
using Egress.Output.Planes;
using NetVips;
using static Egress.Backend.Tests.Pictures.TestPictures;

namespace Egress.Backend.Tests.Pictures;

public sealed class VipsOverlayPainterTests : DecoderFixture
{
    private const int Width = 37;
    private const int Height = 21;

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.25)]
    [InlineData(1.0)]
    public void The_masks_colours_are_mixed_in_and_class_0_leaves_the_picture_as_it_is(double opacity)
    {
        using var noise = Noise(Width, Height);
        var pixels = noise.WriteToMemory<byte>();
        var labels = Enumerable.Range(0, Width * Height).Select(i => (byte)(i % 4)).ToArray();

        using var painted = Paint(Write("p.png", noise.PngsaveBuffer()), labels, new OverlayOptions(OverlayFormat.Png, opacity));

        Assert.Equal((Width, Height, 3), (painted.Width, painted.Height, painted.Bands));
        var found = painted.WriteToMemory<byte>();
        for (var i = 0; i < found.Length; i++)
        {
            var colour = VocPalette.Colors[(3 * labels[i / 3]) + (i % 3)];
            var expected = labels[i / 3] == 0 ? pixels[i] : (pixels[i] * (1 - opacity)) + (colour * opacity);
            Assert.Equal(expected, found[i], 0.5001);
        }
    }

    [Fact]
    public void The_mask_lies_over_the_picture_as_it_is_seen()
    {
        using var quarters = Quarters(Height - 1, Width - 1);
        using var stored = quarters.Mutate(image => image.Set(GValue.GIntType, "orientation", 6));
        var labels = new byte[(Width - 1) * (Height - 1)];
        labels[0] = 1;
        using var seen = stored.Autorot();

        using var painted = Paint(
            Write("p.png", stored.PngsaveBuffer()), labels, new OverlayOptions(OverlayFormat.Png, 1), Width - 1, Height - 1);

        var (expected, found) = (seen.WriteToMemory<byte>(), painted.WriteToMemory<byte>());
        Assert.Equal([128, 0, 0], found[..3]);
        Assert.Equal(expected[3..], found[3..]);
        Assert.False(painted.Contains("orientation") && (int)painted.Get("orientation") != 1, "viewers would turn it once more");
    }

    [Fact]
    public void Jpeg_is_what_is_asked_for()
    {
        using var area = Area(64, 48, 200, 100, 50);
        using var painted = Paint(Write("p.jpg", area.JpegsaveBuffer(q: 95)), new byte[64 * 48], new OverlayOptions(), 64, 48);
        Assert.Equal("jpegload_buffer", painted.Get("vips-loader"));
    }

    [Fact]
    public void A_picture_that_has_become_bad_is_the_pictures_error()
    {
        using var noise = Noise(300, 300);
        var whole = noise.PngsaveBuffer();
        var path = Write("p.png", whole[..(whole.Length / 2)]);

        var error = Assert.Throws<ItemException>(() => Paint(path, new byte[300 * 300], new OverlayOptions(OverlayFormat.Png), 300, 300));

        Assert.Equal((EgressErrorId.PictureDamaged, path), (error.ErrorId, error.Target));
    }

    [Fact]
    public void A_destination_that_takes_no_more_is_told_as_it_is()
    {
        using var noise = Noise(300, 300);
        var path = Write("p.png", noise.PngsaveBuffer());
        var error = Assert.Throws<IOException>(() => Paint(path, new byte[300 * 300], new OverlayOptions(OverlayFormat.Png), 300, 300, new FullStream()));
        Assert.Equal("full", error.Message);
    }

    [Fact]
    public void A_picture_too_long_for_a_jpeg_is_refused_with_the_way_out()
    {
        using var strip = Area(70_000, 2, 1, 2, 3);
        var path = Write("p.png", strip.PngsaveBuffer());

        var error = Assert.Throws<ItemException>(() => Paint(path, new byte[70_000 * 2], new OverlayOptions(), 70_000, 2));

        Assert.Equal(EgressErrorId.OutputFormatUnsupported, error.ErrorId);
        Assert.Contains("-OverlayFormat Png", error.Advice, StringComparison.Ordinal);
    }

    private Image Paint(
        string path, byte[] labels, OverlayOptions options, int width = Width, int height = Height, Stream? destination = null)
    {
        using var mask = new MemoryStream();
        PngEncoder.Write(mask, new MemoryPlanes(labels, ElementType.UInt8, 0, height, width));
        mask.Position = 0;
        using var file = new MemoryStream();
        new VipsOverlayPainter(Decoder).Paint(path, mask, options, destination ?? file);
        return Image.NewFromBuffer(file.ToArray());
    }

    private sealed class FullStream : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("full");
    }
}

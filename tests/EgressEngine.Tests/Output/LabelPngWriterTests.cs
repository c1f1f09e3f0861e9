using Egress.Output;

namespace Egress.Tests.Output;

public class LabelPngWriterTests
{
    [Theory]
    [InlineData(8, 8, 8)]
    [InlineData(8, 13, 5)]
    [InlineData(8, 1, 1)]
    [InlineData(5, 1000, 3)]
    [InlineData(64, 17, 131)]
    public void Every_pixel_has_the_label_of_the_cell_under_its_centre(int size, int width, int height)
    {
        var labels = new byte[size * size];
        new Random(size + width).NextBytes(labels);

        var picture = Write(new LabelMap(labels, size, 1, width, height));

        Assert.Equal((width, height, 8, 3), (picture.Width, picture.Height, picture.BitDepth, picture.ColorType));
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var expected = labels[((int)((y + 0.5) * size / height) * size) + (int)((x + 0.5) * size / width)];
                Assert.Equal(expected, picture.Pixels[(y * width) + x]);
            }
        }
    }

    [Fact]
    public void More_than_256_classes_become_16_bit_grey()
    {
        ushort[] labels = [0, 1, 300, 65535, 256, 7, 8, 9, 1000];
        var bytes = labels.SelectMany(BitConverter.GetBytes).ToArray();
        var picture = Write(new LabelMap(bytes, 3, 2, 3, 3));
        Assert.Equal((16, 0), (picture.BitDepth, picture.ColorType));
        Assert.Empty(picture.Palette);
        Assert.Equal(labels, Enumerable.Range(0, 9).Select(i => (ushort)((picture.Pixels[2 * i] << 8) | picture.Pixels[(2 * i) + 1])));
    }

    [Fact]
    public void The_palette_is_that_of_pascal_voc()
    {
        // The development kit's own table, as far as it names classes.
        byte[][] expected =
        [
            [0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128], [128, 0, 128], [0, 128, 128], [128, 128, 128], [64, 0, 0],
            [192, 0, 0], [64, 128, 0], [192, 128, 0], [64, 0, 128], [192, 0, 128], [64, 128, 128], [192, 128, 128], [0, 64, 0], [128, 64, 0],
            [0, 192, 0], [128, 192, 0], [0, 64, 128],
        ];
        var palette = Write(new LabelMap(new byte[4], 2, 1, 2, 2)).Palette;
        Assert.Equal(768, palette.Length);
        Assert.Equal(expected.SelectMany(color => color), palette.Take(3 * expected.Length));
        Assert.Equal([224, 224, 192], palette[(3 * 255)..]);
    }

    private static PngPicture Write(LabelMap map)
    {
        using var stream = new MemoryStream();
        LabelPngWriter.Write(stream, map);
        return PngPicture.Read(stream.ToArray());
    }
}

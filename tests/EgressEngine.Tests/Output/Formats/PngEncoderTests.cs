using Egress.Models;
using Egress.Output.Formats;
using Egress.Output.Planes;

namespace Egress.Tests.Output.Formats;

public class PngEncoderTests
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

        var picture = Write(new NearestPlanes(labels, ElementType.UInt8, size, size, height, width));

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
        var picture = Write(new NearestPlanes(bytes, ElementType.Int16, 3, 3, 3, 3));
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
        var palette = Write(new MemoryPlanes(new byte[4], ElementType.UInt8, 0, 2, 2)).Palette;
        Assert.Equal(768, palette.Length);
        Assert.Equal(expected.SelectMany(color => color), palette.Take(3 * expected.Length));
        Assert.Equal([224, 224, 192], palette[(3 * 255)..]);
    }

    [Fact]
    public void Pixels_are_written_in_chunks_of_bounded_size()
    {
        // Noise, which does not compress: more than one chunk of 256 KiB.
        var noise = new byte[800 * 900];
        new Random(5).NextBytes(noise);

        var picture = Write(new MemoryPlanes(noise, ElementType.UInt8, 0, 800, 900));

        Assert.Equal(noise, picture.Pixels);
        Assert.InRange(picture.DataChunks.Count, 2, 4);
        Assert.All(picture.DataChunks, length => Assert.InRange(length, 1, 1 << 18));
    }

    [Fact]
    public void An_enlarged_16_bit_map_keeps_the_bytes_of_each_element_together()
    {
        ushort[] values = [0x0102, 0xFFFE, 0x8000, 0x00FF];
        var bytes = values.SelectMany(BitConverter.GetBytes).ToArray();

        var picture = Write(new NearestPlanes(bytes, ElementType.UInt16, 2, 2, 4, 4));

        int[] cells = [0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3];
        Assert.Equal(cells.SelectMany(cell => new[] { (byte)(values[cell] >> 8), (byte)values[cell] }), picture.Pixels);
    }

    private static PngPicture Write(PlaneSource map)
    {
        using var stream = new MemoryStream();
        PngEncoder.Write(stream, map);
        return PngPicture.Read(stream.ToArray());
    }
}

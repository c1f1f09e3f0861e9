using Egress.Input;

namespace Egress.Tests.Input;

public class SyntheticPicturesTests
{
    [Fact]
    public void A_picture_depends_on_its_index_alone()
    {
        Assert.Equal(Picture(7), Picture(7));
        Assert.NotEqual(Picture(7), Picture(8));
    }

    [Fact]
    public void Normalised_it_is_close_to_standard_normal_noise()
    {
        var values = Picture(3, 300_000).Select(value => ((value / 255.0) - 0.449) / 0.226).ToList();
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        Assert.InRange(mean, -0.03, 0.03);
        Assert.InRange(deviation, 0.93, 1.03);
    }

    [Fact]
    public void Every_byte_is_written_whatever_the_length()
    {
        // 1003 is no multiple of the word that the generator makes.
        var picture = Picture(1, 1003, fill: 255);
        Assert.True(picture.Count(value => value == 255) < 100);
        Assert.Contains(picture[^3..], value => value != 255);
    }

    private static byte[] Picture(long index, int length = 5000, byte fill = 0)
    {
        var picture = new byte[length];
        Array.Fill(picture, fill);
        SyntheticPictures.Fill(index, picture);
        return picture;
    }
}

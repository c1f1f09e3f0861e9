using System.Diagnostics;
using System.Text;
using NetVips;
using static Egress.Backend.Tests.Pictures.TestPictures;

namespace Egress.Backend.Tests.Pictures;

public sealed class DamagedPictureTests : DecoderFixture
{
    public static TheoryData<string, string> NoPictures { get; } = new()
    {
        { "empty", "" },
        { "one byte", "\u00ff" },
        { "text.jpg", "This is no picture.\n" },
        { "vector.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><rect width=\"9\" height=\"9\"/></svg>" },
        { "animation.gif", "GIF89a\u0001\0\u0001\0\u0080\0\0\0\0\0\u00ff\u00ff\u00ff,\0\0\0\0\u0001\0\u0001\0\0\u0002\u0002D\u0001\0;" },
        { "document.pdf", "%PDF-1.7\n" },
        { "matrix.mat", "2 2\n1 2\n3 4\n" },
        { "bitmap.ppm", "P3 1 1 255 1 2 3\n" },
        { "sound.webp", "RIFF\u0004\0\0\0WAVEfmt " },
    };

    [Theory]
    [MemberData(nameof(NoPictures))]
    public void Files_in_other_formats_are_no_pictures(string name, string content)
    {
        AssertFails(Write(name, Encoding.Latin1.GetBytes(content)), EgressErrorId.PictureFormatUnknown);
    }

    /// <summary>The decoder looks at the first bytes itself; this is what stands behind that.</summary>
    [Fact]
    public void Libvips_itself_reads_no_other_format()
    {
        using var area = Area(9, 9, Green);

        Assert.Throws<VipsException>(() => Image.NewFromBuffer(area.GifsaveBuffer()));
        Assert.Throws<VipsException>(() => Image.NewFromBuffer("""<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>"""));
        Assert.Throws<VipsException>(() => Image.NewFromBuffer(area.WriteToBuffer(".ppm")));
        using var png = Image.NewFromBuffer(area.PngsaveBuffer());
        Assert.Equal(9, png.Width);
        Assert.Equal((1, 0), (NetVips.NetVips.Concurrency, Cache.Max));
    }

    [Theory]
    [InlineData("half.jpg")]
    [InlineData("half.progressive.jpg")]
    [InlineData("half.png")]
    [InlineData("half.webp")]
    [InlineData("half.tif")]
    public void A_picture_that_ends_too_early_is_damaged(string name)
    {
        var whole = Save(name);
        foreach (var length in new[] { 16, whole.Length / 2, whole.Length - (whole.Length / 10) })
        {
            var error = AssertFails(Write(name, whole[..length]), EgressErrorId.PictureDamaged);
            Assert.Matches("ends too early: .+", error.Message);
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Fact]
    public void Broken_data_within_a_jpeg_are_damage_although_the_rest_decodes()
    {
        var content = Save("noise.jpg");
        content.AsSpan(content.Length / 2, 64).Fill(0xFF);

        AssertFails(Write("noise.jpg", content), EgressErrorId.PictureDamaged);
    }

    [Fact]
    public void A_wrong_checksum_in_a_png_is_damage()
    {
        var content = Save("noise.png");
        content[content.Length / 2] ^= 1;

        AssertFails(Write("noise.png", content), EgressErrorId.PictureDamaged);
    }

    [Fact]
    public void A_picture_of_monstrous_size_is_refused_for_its_header_alone()
    {
        var path = Write("bomb.png", PngHeader(100_000, 100_000));
        var before = Stats.MemHighwater;
        var managed = GC.GetAllocatedBytesForCurrentThread();

        var error = AssertFails(path, EgressErrorId.PictureTooLarge, maxPixels: 178_956_970);

        Assert.Contains("100000 × 100000", error.Message, StringComparison.Ordinal);
        Assert.InRange(Stats.MemHighwater - before, 0UL, 1_000_000UL);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - managed, 0, 1_000_000);
    }

    [Fact]
    public void A_header_without_pixels_is_damage()
    {
        AssertFails(Write("header.png", PngHeader(100, 100)), EgressErrorId.PictureDamaged);
    }

    [Fact]
    public void Missing_files_folders_and_pipes_are_told_apart()
    {
        var pipe = PathOf("pipe");
        using (var mkfifo = Process.Start("mkfifo", (string[])[pipe]))
        {
            mkfifo.WaitForExit();
            Assert.Equal(0, mkfifo.ExitCode);
        }

        AssertFails(PathOf("none.png"), EgressErrorId.PathNotFound, EgressErrorCategory.ObjectNotFound);
        AssertFails(Path.GetDirectoryName(pipe)!, EgressErrorId.PathNotAFile, EgressErrorCategory.InvalidArgument);
        AssertFails(pipe, EgressErrorId.PathNotAFile, EgressErrorCategory.InvalidArgument);
        AssertFails("/dev/null", EgressErrorId.PathNotAFile, EgressErrorCategory.InvalidArgument);
    }

    [Fact]
    public void A_file_that_fails_to_read_is_not_called_damaged()
    {
        // A regular file by its type; the first page of a process is never mapped, so reading it is an input/output error.
        AssertFails("/proc/self/mem", EgressErrorId.InputUnreadable, EgressErrorCategory.ReadError);
    }

    [Fact]
    public void A_file_without_permission_is_reported_as_such()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "The superuser may read everything.");
        var path = Write("secret.png", Save("noise.png"));
        File.SetUnixFileMode(path, UnixFileMode.None);

        AssertFails(path, EgressErrorId.InputUnreadable, EgressErrorCategory.PermissionDenied);
    }

    /// <summary>libvips collects the error texts of all threads in one place.</summary>
    [Fact]
    public void Many_threads_get_their_own_pictures_and_their_own_errors()
    {
        using var picture = Quarters();
        var good = Write("good.jpg", picture.JpegsaveBuffer(q: 95));
        var jpeg = Write("half.jpg", Save("half.jpg")[..3000]);
        var png = Write("half.png", Save("half.png")[..3000]);
        var expected = Decode(good).Pixels;
        var jpegText = AssertFails(jpeg, EgressErrorId.PictureDamaged).Message;
        var pngText = AssertFails(png, EgressErrorId.PictureDamaged).Message;
        Assert.NotEqual(jpegText.Replace(jpeg, "", StringComparison.Ordinal), pngText.Replace(png, "", StringComparison.Ordinal));
        var failures = new System.Collections.Concurrent.ConcurrentQueue<Exception>();

        var threads = Enumerable.Range(0, 8).Select(number => new Thread(() =>
        {
            try
            {
                for (var i = 0; i < 30; i++)
                {
                    Assert.Equal(expected, Decode(good).Pixels);
                    var path = (i + number) % 2 == 0 ? jpeg : png;
                    Assert.Equal(path == jpeg ? jpegText : pngText, AssertFails(path, EgressErrorId.PictureDamaged).Message);
                }
            }
            catch (Exception e)
            {
                failures.Enqueue(e);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.Empty(failures);
    }

    private static byte[] Save(string name)
    {
        using var noise = Noise(120, 90);
        return name.Split('.', 2)[1] switch
        {
            "jpg" => noise.JpegsaveBuffer(q: 90),
            "progressive.jpg" => noise.JpegsaveBuffer(q: 90, interlace: true),
            "png" => noise.PngsaveBuffer(),
            "webp" => noise.WebpsaveBuffer(q: 90),
            _ => noise.TiffsaveBuffer(compression: Enums.ForeignTiffCompression.Deflate),
        };
    }
}

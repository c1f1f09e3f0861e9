using Egress.Backend.Pictures;
using Egress.Input;
using Egress.Tests;

namespace Egress.Backend.Tests.Pictures;

/// <summary>What decoder tests have in common: a folder, a decoder, and looking at pixels.</summary>
public abstract class DecoderFixture : IDisposable
{
    private const long MaxPixels = 1_000_000;

    private readonly TemporaryFolder _folder = new();

    private protected VipsPictureDecoder Decoder { get; } = new();

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The full path of something in the test's folder.</summary>
    private protected string PathOf(string name) => _folder[name];

    /// <summary>Writes a file.</summary>
    private protected string Write(string name, byte[] content)
    {
        var path = PathOf(name);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Decodes to a square.</summary>
    private protected (PictureInfo Info, byte[] Pixels) Decode(string path, int size = 32, long maxPixels = MaxPixels)
    {
        var pixels = new byte[size * size * 3];
        return (Decoder.Decode(path, size, maxPixels, pixels), pixels);
    }

    /// <summary>Asserts that decoding fails in this way, and returns the error.</summary>
    private protected ItemException AssertFails(
        string path, string errorId, EgressErrorCategory category = EgressErrorCategory.InvalidData, long maxPixels = MaxPixels)
    {
        var error = Assert.Throws<ItemException>(() => Decode(path, maxPixels: maxPixels));
        Assert.Equal(errorId, error.ErrorId);
        Assert.Equal(category, error.Category);
        Assert.Equal(path, error.Target);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Advice);
        return error;
    }

    /// <summary>Asserts the colours of the four quarters' middles: top left, top right, bottom left, bottom right.</summary>
    private protected static void AssertQuarters(byte[] pixels, int size, double tolerance, params double[][] colours)
    {
        var near = size / 4;
        var far = size - 1 - near;
        (int X, int Y)[] places = [(near, near), (far, near), (near, far), (far, far)];
        for (var i = 0; i < places.Length; i++)
        {
            AssertColour(pixels, size, places[i].X, places[i].Y, tolerance, colours[i]);
        }
    }

    /// <summary>Asserts the colour of a pixel.</summary>
    private protected static void AssertColour(byte[] pixels, int size, int x, int y, double tolerance, double[] colour)
    {
        var at = ((y * size) + x) * 3;
        var found = new double[] { pixels[at], pixels[at + 1], pixels[at + 2] };
        Assert.True(
            found.Zip(colour, (a, b) => Math.Abs(a - b)).Max() <= tolerance,
            $"({string.Join(", ", found)}) at {x}, {y} instead of ({string.Join(", ", colour)})");
    }
}

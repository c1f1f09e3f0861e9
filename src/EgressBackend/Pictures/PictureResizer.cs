using System.Numerics;
using NetVips;

namespace Egress.Backend.Pictures;

/// <summary>
/// Resizes pictures to squares as libvips's thumbnails do, with libvips's operations over memory that it puts the pictures' pixels
/// into. To set them up takes some thousand turns at locks that all threads of the process share; twelve threads that did so for each
/// picture waited for each other most of the time. So those for the sizes that were last used are kept. One thread uses it.
/// </summary>
internal sealed class PictureResizer
{
    private const int Bands = 3;

    /// <summary>The most memory for pixels. With larger pictures, decoding outweighs everything else.</summary>
    private const int MaximumBytes = 1 << 23;

    /// <summary>Sizes that are kept, at some ten KB each.</summary>
    private const int MaximumSizes = 16;

    [ThreadStatic]
    private static PictureResizer? t_current;

    private readonly LinkedList<Entry> _entries = [];
    private byte[] _pixels = [];

    private PictureResizer()
    {
    }

    /// <summary>The calling thread's own.</summary>
    public static PictureResizer Current => t_current ??= new PictureResizer();

    /// <summary>Whether it resizes pictures of this size.</summary>
    public static bool Takes(int width, int height) => (long)width * height * Bands <= MaximumBytes;

    /// <summary>Memory for the pixels of a picture, until it is asked for the next.</summary>
    public Span<byte> Pixels(int width, int height)
    {
        var bytes = width * height * Bands;
        if (_pixels.Length < bytes)
        {
            while (_entries.Last is not null)
            {
                RemoveLast();
            }

            // libvips keeps the address.
            _pixels = GC.AllocateUninitializedArray<byte>((int)BitOperations.RoundUpToPowerOf2((uint)bytes), pinned: true);
        }

        return _pixels.AsSpan(0, bytes);
    }

    /// <summary>The picture whose pixels were put into <see cref="Pixels"/>, resized. It is computed when its rows are asked for, and not the caller's to dispose.</summary>
    /// <param name="width">Width of the picture.</param>
    /// <param name="height">Its height.</param>
    /// <param name="size">Side of the square.</param>
    public Image Resized(int width, int height, int size)
    {
        for (var node = _entries.First; node is not null; node = node.Next)
        {
            if ((node.Value.Width, node.Value.Height, node.Value.Size) == (width, height, size))
            {
                _entries.Remove(node);
                _entries.AddFirst(node);
                return node.Value.Resized;
            }
        }

        if (_entries.Count == MaximumSizes)
        {
            RemoveLast();
        }

        var resized = Create(width, height, size);
        _entries.AddFirst(new Entry(width, height, size, resized));
        return resized;
    }

    private unsafe Image Create(int width, int height, int size)
    {
        fixed (byte* pixels = _pixels)
        {
            using var numbers = Image.NewFromMemory(
                (nint)pixels, (ulong)(width * height * Bands), width, height, Bands, Enums.BandFormat.Uchar);
            using var picture = numbers.Copy(interpretation: Enums.Interpretation.Srgb);
            return picture.ThumbnailImage(size, height: size, size: Enums.Size.Force, noRotate: true);
        }
    }

    private void RemoveLast()
    {
        _entries.Last!.Value.Resized.Dispose();
        _entries.RemoveLast();
    }

    private readonly record struct Entry(int Width, int Height, int Size, Image Resized);
}

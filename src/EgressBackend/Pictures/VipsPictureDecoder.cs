using System.Buffers;
using Egress.Input;
using NetVips;

namespace Egress.Backend.Pictures;

/// <summary>Decodes pictures with libvips, which shrinks while it decodes: a large JPEG costs a fraction of its pixels.</summary>
internal sealed class VipsPictureDecoder : IPictureDecoder
{
    private const int Bands = 3;

    /// <summary>Rows are computed in pieces of about this size, which stay in the processor's cache.</summary>
    private const int PieceBytes = 1 << 16;

    /// <exception cref="EgressException"><see cref="EgressErrorId.RuntimeNotLoaded"/>.</exception>
    public VipsPictureDecoder() => VipsLibrary.EnsureLoaded();

    /// <inheritdoc/>
    public PictureInfo Decode(string path, int size, long maxPixels, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, checked(size * size * Bands), nameof(destination));
        return VipsErrors.Explained(path, destination, pixels => DecodeFile(path, size, maxPixels, pixels));
    }

    /// <inheritdoc/>
    public PictureInfo Identify(string path, long maxPixels)
    {
        ArgumentNullException.ThrowIfNull(path);
        return VipsErrors.Explained(path, default, _ =>
        {
            using var file = VipsPictureFile.Open(path, maxPixels);
            return file.Info;
        });
    }

    /// <inheritdoc/>
    public IPictureRows OpenRows(string path, long maxPixels)
    {
        ArgumentNullException.ThrowIfNull(path);
        return VipsErrors.Explained(path, default, _ => new VipsPictureRows(path, maxPixels, this));
    }

    private static PictureInfo DecodeFile(string path, int size, long maxPixels, Span<byte> destination)
    {
        using var file = VipsPictureFile.Open(path, maxPixels);
        try
        {
            DecodePixels(file, size, destination);
            return file.Info;
        }
        catch (Exception e) when (file.Unreadable(e) is { } unreadable)
        {
            throw unreadable;
        }
    }

    private static void DecodePixels(VipsPictureFile file, int size, Span<byte> destination)
    {
        // Turned here and not by libvips, which would first copy the picture to memory with threads of its own.
        if (file.Orientation.IsUpright)
        {
            ResizeStored(file, size, destination);
            return;
        }

        var stored = ArrayPool<byte>.Shared.Rent(destination.Length);
        try
        {
            ResizeStored(file, size, stored.AsSpan(0, destination.Length));
            file.Orientation.Turn(stored, size, Bands, destination);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(stored);
        }
    }

    private static void ResizeStored(VipsPictureFile file, int size, Span<byte> destination)
    {
        if (!file.IsOrdinary(size, out var width, out var height))
        {
            using var thumbnail = file.Resize(size);
            using var bytes = VipsPictureFile.ToRgb(thumbnail);
            CopyRows(bytes, 0, destination);
        }
        else if (width == size && height == size)
        {
            CopyRows(file.Picture, 0, destination);
        }
        else
        {
            var resizer = PictureResizer.Current;
            CopyRows(file.Picture, 0, resizer.Pixels(width, height));
            CopyRows(resizer.Resized(width, height, size), 0, destination);
        }
    }

    /// <summary>
    /// Computes rows of a picture on the calling thread, some at a time: loaders decode pictures side by side, and libvips's own
    /// way of writing an image would wake another thread for each few rows of each of them.
    /// </summary>
    internal static void CopyRows(Image picture, int first, Span<byte> destination)
    {
        var rowBytes = checked(picture.Width * Bands);
        var count = destination.Length / rowBytes;
        var rowsAtOnce = Math.Max(1, PieceBytes / rowBytes);
        using var region = Region.New(picture);
        for (var top = 0; top < count; top += rowsAtOnce)
        {
            var rows = Math.Min(rowsAtOnce, count - top);
            VipsRegionPixels.Copy(region, first + top, picture.Width, rows, destination.Slice(top * rowBytes, rows * rowBytes));
        }
    }
}

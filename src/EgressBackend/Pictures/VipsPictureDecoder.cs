using System.Buffers;
using System.Globalization;
using Egress.Input;
using Egress.Runtime;
using Microsoft.Win32.SafeHandles;
using NetVips;
using Vips = NetVips.NetVips;

namespace Egress.Backend.Pictures;

/// <summary>Decodes pictures with libvips, which shrinks while it decodes: a large JPEG costs a fraction of its pixels.</summary>
internal sealed class VipsPictureDecoder : IPictureDecoder
{
    /// <summary>libjpeg calls broken entropy-coded data a warning and goes on with grey blocks.</summary>
    private const Enums.FailOn Strictness = Enums.FailOn.Warning;

    private const string StrictnessOption = "[fail_on=warning]";
    private const int Bands = 3;

    /// <summary>Arrays up to this size are collected young: 85,000 bytes is where large objects begin.</summary>
    private const int SmallObjectBytes = 80_000;

    private static readonly double[] s_black = [0];

    /// <summary>
    /// libvips has one buffer of error texts for all threads. Decoding holds this lock for reading; after a failure the picture is
    /// decoded once more with the lock held for writing, alone, so that the text is about this picture.
    /// </summary>
    private static readonly ReaderWriterLockSlim s_errorTexts = new();

    /// <exception cref="EgressException"><see cref="EgressErrorId.RuntimeNotLoaded"/>.</exception>
    public VipsPictureDecoder() => VipsLibrary.EnsureLoaded();

    /// <inheritdoc/>
    public PictureInfo Decode(string path, int size, long maxPixels, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, checked(size * size * Bands), nameof(destination));
        if (TryDecode(path, size, maxPixels, destination) is { } info)
        {
            return info;
        }

        s_errorTexts.EnterWriteLock();
        try
        {
            // Takes what other pictures may have left in the buffer.
            _ = new VipsException(string.Empty);
            return DecodeFile(path, size, maxPixels, destination);
        }
        catch (VipsException e)
        {
            throw Damaged(path, e);
        }
        finally
        {
            s_errorTexts.ExitWriteLock();
        }
    }

    private static PictureInfo? TryDecode(string path, int size, long maxPixels, Span<byte> destination)
    {
        s_errorTexts.EnterReadLock();
        try
        {
            return DecodeFile(path, size, maxPixels, destination);
        }
        catch (VipsException)
        {
            return null;
        }
        finally
        {
            s_errorTexts.ExitReadLock();
        }
    }

    private static PictureInfo DecodeFile(string path, int size, long maxPixels, Span<byte> destination)
    {
        var handle = RegularFile.Open(path, out var problem) ?? throw problem!.ToItemException(path);
        using var stream = new PictureStream(handle);
        try
        {
            ThrowUnlessSupported(path, handle);
            var info = ReadHeader(path, stream.Source, maxPixels, out var hasProfile, out var orientation);
            DecodePixels(stream.Source, size, hasProfile, orientation, destination);
            return info;
        }
        catch (Exception e) when (e is VipsException or IOException && (stream.ReadError ?? e) is IOException cause)
        {
            throw FileProblem.Unreadable(path, cause).ToItemException(path);
        }
    }

    private static void ThrowUnlessSupported(string path, SafeFileHandle handle)
    {
        Span<byte> start = stackalloc byte[PictureFormat.SignatureBytes];
        start = start[..RandomAccess.Read(handle, start, 0)];
        if (!PictureFormat.IsSupported(start))
        {
            throw new ItemException(
                EgressErrorId.PictureFormatUnknown,
                EgressErrorCategory.InvalidData,
                start.IsEmpty ? $"'{path}' is empty." : $"'{path}' is no JPEG, PNG, WebP or TIFF.",
                "Convert the picture to one of these formats, or leave the file out.",
                path);
        }
    }

    private static PictureInfo ReadHeader(string path, Source source, long maxPixels, out bool hasProfile, out PictureOrientation orientation)
    {
        using var header = Image.NewFromSource(source, access: Enums.Access.Sequential, failOn: Strictness);
        hasProfile = header.Contains("icc-profile-data");
        if ((long)header.Width * header.Height > maxPixels)
        {
            throw new ItemException(
                EgressErrorId.PictureTooLarge,
                EgressErrorCategory.InvalidData,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"'{path}' is {header.Width} × {header.Height} pixels, more than the {maxPixels} allowed."),
                "Make the picture smaller, or raise the limit if it is meant to be that large.",
                path);
        }

        orientation = new PictureOrientation(header.Contains("orientation") ? (int)header.Get("orientation") : 1);
        return orientation.IsOnItsSide ? new PictureInfo(header.Height, header.Width) : new PictureInfo(header.Width, header.Height);
    }

    private static void DecodePixels(
        Source source, int size, bool hasProfile, PictureOrientation orientation, Span<byte> destination)
    {
        // Turned here and not by libvips, which would first copy the picture to memory with threads of its own.
        using var thumbnail = Image.ThumbnailSource(
            source,
            size,
            StrictnessOption,
            height: size,
            size: Enums.Size.Force,
            noRotate: true,
            outputProfile: hasProfile ? "srgb" : null);
        using var opaque = thumbnail.HasAlpha() ? thumbnail.Flatten(s_black) : thumbnail.Copy();
        using var colour = opaque.Colourspace(Enums.Interpretation.Srgb);
        using var bands = colour.ExtractBand(0, Bands);
        using var bytes = bands.Cast(Enums.BandFormat.Uchar);

        if (orientation.IsUpright)
        {
            CopyPixels(bytes, destination);
            return;
        }

        var stored = ArrayPool<byte>.Shared.Rent(destination.Length);
        try
        {
            CopyPixels(bytes, stored.AsSpan(0, destination.Length));
            orientation.Turn(stored, size, Bands, destination);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(stored);
        }
    }

    /// <summary>
    /// Computes the picture on the calling thread, some rows at a time: loaders decode pictures side by side, and libvips's own
    /// way of writing an image would wake another thread for each few rows of each of them.
    /// </summary>
    private static void CopyPixels(Image picture, Span<byte> destination)
    {
        var rowBytes = picture.Width * Bands;
        var rowsAtOnce = Math.Max(1, SmallObjectBytes / rowBytes);
        using var region = Region.New(picture);
        for (var top = 0; top < picture.Height; top += rowsAtOnce)
        {
            var rows = Math.Min(rowsAtOnce, picture.Height - top);
            var part = destination.Slice(top * rowBytes, rows * rowBytes);
            var pixels = region.Fetch(0, top, picture.Width, rows);
            if (pixels.Length != part.Length)
            {
                throw new InvalidOperationException($"libvips made {pixels.Length} bytes instead of {part.Length}.");
            }

            pixels.CopyTo(part);
        }
    }

    private static ItemException Damaged(string path, VipsException error)
    {
        // The first line is NetVips's own and only names the operation.
        var lines = error.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var reason = lines.Length > 1 ? string.Join("; ", lines[1..].Distinct()) : error.Message.Trim();
        return new ItemException(
            EgressErrorId.PictureDamaged,
            EgressErrorCategory.InvalidData,
            $"'{path}' is damaged or ends too early: {reason}",
            "Get the picture again from where it came from, or repair it with a picture editor.",
            path,
            error);
    }
}

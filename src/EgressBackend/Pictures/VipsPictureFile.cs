using System.Globalization;
using Egress.Files;
using Egress.Input;
using Microsoft.Win32.SafeHandles;
using NetVips;

namespace Egress.Backend.Pictures;

/// <summary>A picture file whose header is read: it is a picture, and not too large.</summary>
internal sealed class VipsPictureFile : IDisposable
{
    /// <summary>libjpeg calls broken entropy-coded data a warning and goes on with grey blocks.</summary>
    public const Enums.FailOn Strictness = Enums.FailOn.Warning;

    private const string StrictnessOption = "[fail_on=warning]";
    private const int Bands = 3;

    /// <summary>The widest pixel that counts as one: four bands of floating point.</summary>
    private const int OrdinaryPixelBytes = 16;

    /// <summary>From this factor on libvips has libjpeg make a JPEG smaller while it decodes it.</summary>
    private const double ShrinkOnLoadFactor = 4;
    private static readonly double[] s_black = [0];
    private readonly string _path;
    private readonly PictureKind _kind;
    private readonly PictureStream _stream;
    private Image? _picture;
    private int _width;
    private int _height;

    private VipsPictureFile(string path, PictureKind kind, PictureStream stream)
    {
        _path = path;
        _kind = kind;
        _stream = stream;
    }

    /// <summary>The file for libvips.</summary>
    public Source Source => _stream.Source;

    /// <summary>The picture as it is stored, of which only the header is read: its rows can be taken once, from the top.</summary>
    public Image Picture => _picture!;

    /// <summary>The size as displayed.</summary>
    public PictureInfo Info { get; private set; }

    /// <summary>Whether it says what its colours mean.</summary>
    public bool HasProfile { get; private set; }

    /// <summary>How it has to be turned.</summary>
    public PictureOrientation Orientation { get; private set; }

    /// <summary>Opens a picture.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="maxPixels">The most pixels that it may have.</param>
    /// <exception cref="ItemException">As <see cref="IPictureDecoder.Decode"/>.</exception>
    /// <exception cref="VipsException">The header is damaged.</exception>
    public static VipsPictureFile Open(string path, long maxPixels)
    {
        var handle = RegularFile.Open(path, out var problem) ?? throw problem!.ToInputException(path);
        VipsPictureFile? file = null;
        try
        {
            file = new VipsPictureFile(path, ReadKind(path, handle), new PictureStream(handle));
            file.ReadHeader(maxPixels);
            return file;
        }
        catch (Exception e)
        {
            file?.Dispose();
            handle.Dispose();
            if (Unreadable(path, file?._stream.ReadError, e) is { } unreadable)
            {
                throw unreadable;
            }

            throw;
        }
    }

    /// <summary>
    /// Whether the picture is what most are: 8-bit RGB as it is stored, of a size that is decoded whole, and not too large to be kept in
    /// memory.
    /// </summary>
    /// <param name="size">Side of the square that it is resized to.</param>
    /// <param name="width">Its stored width.</param>
    /// <param name="height">Its stored height.</param>
    public bool IsOrdinary(int size, out int width, out int height)
    {
        (width, height) = (_width, _height);
        return !HasProfile && PictureResizer.Takes(width, height) && !ShrinksOnLoad(size) && IsRgb(Picture);
    }

    /// <summary>
    /// The picture resized to a square, not turned. Most pictures go on from the header that was read; those that libvips can make
    /// smaller while it decodes them are opened anew for that.
    /// </summary>
    public Image Resize(int size)
    {
        var profile = HasProfile ? "srgb" : null;
        return ShrinksOnLoad(size)
            ? Image.ThumbnailSource(
                Source, size, StrictnessOption, height: size, size: Enums.Size.Force, noRotate: true, outputProfile: profile)
            : Picture.ThumbnailImage(size, height: size, size: Enums.Size.Force, noRotate: true, outputProfile: profile);
    }

    /// <summary>An 8-bit RGB picture of any that libvips decodes: alpha is laid over black. It is the picture itself where that is one.</summary>
    public static Image ToRgb(Image picture)
    {
        // What most files are. Each operation of libvips costs some tens of microseconds to set up, whatever it does.
        if (IsRgb(picture))
        {
            return picture;
        }

        using var opaque = picture.HasAlpha() ? picture.Flatten(s_black) : picture.Copy();
        using var colour = opaque.Colourspace(Enums.Interpretation.Srgb);
        using var bands = colour.ExtractBand(0, Bands);
        return bands.Cast(Enums.BandFormat.Uchar);
    }

    /// <summary>The error of the file where reading it has failed, and not what is in it; null where that is not why.</summary>
    public ItemException? Unreadable(Exception error) => Unreadable(_path, _stream.ReadError, error);

    public void Dispose()
    {
        _picture?.Dispose();
        _stream.Dispose();
    }

    private static ItemException? Unreadable(string path, IOException? readError, Exception error) =>
        error is VipsException or IOException && (readError ?? error) is IOException cause
            ? FileProblem.Unreadable(path, cause).ToItemException(path)
            : null;

    private static PictureKind ReadKind(string path, SafeFileHandle handle)
    {
        Span<byte> start = stackalloc byte[PictureFormat.SignatureBytes];
        start = start[..RandomAccess.Read(handle, start, 0)];
        return PictureFormat.Of(start) ?? throw new ItemException(
            EgressErrorId.PictureFormatUnknown,
            EgressErrorCategory.InvalidData,
            start.IsEmpty ? $"'{path}' is empty." : $"'{path}' is no JPEG, PNG, WebP or TIFF.",
            "Convert the picture to one of these formats, or leave the file out.",
            path);
    }

    private static bool IsRgb(Image picture) =>
        picture is { Bands: Bands, Format: Enums.BandFormat.Uchar, Interpretation: Enums.Interpretation.Srgb };

    /// <summary>Whether libvips would decode fewer pixels than the picture has, as its thumbnails do.</summary>
    private bool ShrinksOnLoad(int size) => _kind switch
    {
        PictureKind.Png => false,
        PictureKind.Jpeg => Math.Min(_width, _height) >= ShrinkOnLoadFactor * size,
        _ => true,
    };

    private void ReadHeader(long maxPixels)
    {
        var header = _picture = Image.NewFromSource(Source, access: Enums.Access.Sequential, failOn: Strictness);
        (_width, _height) = (header.Width, header.Height);
        HasProfile = header.Contains("icc-profile-data");
        ThrowIfTooLarge(header, maxPixels);
        Orientation = new PictureOrientation(header.Contains("orientation") ? (int)header.Get("orientation") : 1);
        Info = Orientation.IsOnItsSide ? new PictureInfo(_height, _width) : new PictureInfo(_width, _height);
    }

    private void ThrowIfTooLarge(Image header, long maxPixels)
    {
        // Few pixels may be much memory too: a TIFF's have thousands of bands if it says so. One of many bytes counts as several.
        var pixels = (long)_width * _height;
        var pixelBytes = (long)header.Bands * BytesOf(header.Format);
        if (pixels * (Int128)Math.Max(OrdinaryPixelBytes, pixelBytes) <= maxPixels * (Int128)OrdinaryPixelBytes)
        {
            return;
        }

        throw new ItemException(
            EgressErrorId.PictureTooLarge,
            EgressErrorCategory.InvalidData,
            string.Create(
                CultureInfo.InvariantCulture,
                $"'{_path}' is {_width} × {_height} pixels{(pixels > maxPixels ? "" : $" of {pixelBytes} bytes each")}, more than the {maxPixels} allowed."),
            "Make the picture smaller, or raise the limit if it is meant to be that large.",
            _path);
    }

    private static int BytesOf(Enums.BandFormat format) => format switch
    {
        Enums.BandFormat.Uchar or Enums.BandFormat.Char => 1,
        Enums.BandFormat.Ushort or Enums.BandFormat.Short => 2,
        Enums.BandFormat.Double or Enums.BandFormat.Complex => 8,
        Enums.BandFormat.Dpcomplex => 16,
        _ => 4,
    };
}

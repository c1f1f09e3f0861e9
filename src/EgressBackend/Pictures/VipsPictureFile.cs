using System.Globalization;
using Egress.Input;
using Egress.Runtime;
using Microsoft.Win32.SafeHandles;
using NetVips;

namespace Egress.Backend.Pictures;

/// <summary>A picture file whose header is read: it is a picture, and not too large.</summary>
internal sealed class VipsPictureFile : IDisposable
{
    /// <summary>libjpeg calls broken entropy-coded data a warning and goes on with grey blocks.</summary>
    public const Enums.FailOn Strictness = Enums.FailOn.Warning;

    private const int Bands = 3;

    /// <summary>The widest pixel that counts as one: four bands of floating point.</summary>
    private const int OrdinaryPixelBytes = 16;
    private static readonly double[] s_black = [0];
    private readonly string _path;
    private readonly PictureStream _stream;

    private VipsPictureFile(string path, PictureStream stream)
    {
        _path = path;
        _stream = stream;
    }

    /// <summary>The file for libvips.</summary>
    public Source Source => _stream.Source;

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
        var handle = RegularFile.Open(path, out var problem) ?? throw problem!.ToItemException(path);
        var file = new VipsPictureFile(path, new PictureStream(handle));
        try
        {
            ThrowUnlessSupported(path, handle);
            file.ReadHeader(maxPixels);
            return file;
        }
        catch (Exception e)
        {
            file.Dispose();
            if (file.Unreadable(e) is { } unreadable)
            {
                throw unreadable;
            }

            throw;
        }
    }

    /// <summary>An 8-bit RGB picture of any that libvips decodes: alpha is laid over black.</summary>
    public static Image ToRgb(Image picture)
    {
        // What most files are. Each operation of libvips costs some tens of microseconds to set up, whatever it does.
        if (picture is { Bands: Bands, Format: Enums.BandFormat.Uchar, Interpretation: Enums.Interpretation.Srgb })
        {
            return picture.Copy();
        }

        using var opaque = picture.HasAlpha() ? picture.Flatten(s_black) : picture.Copy();
        using var colour = opaque.Colourspace(Enums.Interpretation.Srgb);
        using var bands = colour.ExtractBand(0, Bands);
        return bands.Cast(Enums.BandFormat.Uchar);
    }

    /// <summary>The error of the file where reading it has failed, and not what is in it; null where that is not why.</summary>
    public ItemException? Unreadable(Exception error) =>
        error is VipsException or IOException && (_stream.ReadError ?? error) is IOException cause
            ? FileProblem.Unreadable(_path, cause).ToItemException(_path)
            : null;

    public void Dispose() => _stream.Dispose();

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

    private void ReadHeader(long maxPixels)
    {
        using var header = Image.NewFromSource(Source, access: Enums.Access.Sequential, failOn: Strictness);
        HasProfile = header.Contains("icc-profile-data");
        ThrowIfTooLarge(header, maxPixels);
        Orientation = new PictureOrientation(header.Contains("orientation") ? (int)header.Get("orientation") : 1);
        Info = Orientation.IsOnItsSide ? new PictureInfo(header.Height, header.Width) : new PictureInfo(header.Width, header.Height);
    }

    private void ThrowIfTooLarge(Image header, long maxPixels)
    {
        // Few pixels may be much memory too: a TIFF's have thousands of bands if it says so. One of many bytes counts as several.
        var pixels = (long)header.Width * header.Height;
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
                $"'{_path}' is {header.Width} × {header.Height} pixels{(pixels > maxPixels ? "" : $" of {pixelBytes} bytes each")}, more than the {maxPixels} allowed."),
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

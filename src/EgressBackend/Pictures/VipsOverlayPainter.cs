using System.Runtime.ExceptionServices;
using Egress.Output;
using NetVips;

namespace Egress.Backend.Pictures;

/// <summary>Lays masks over pictures with libvips, which takes both from the top and keeps a few rows of each.</summary>
/// <param name="decoder">Finds the reason where a picture fails.</param>
internal sealed class VipsOverlayPainter(VipsPictureDecoder decoder) : IOverlayPainter
{
    private const int JpegQuality = 90;
    private const int JpegLongestSide = 65_535;

    /// <inheritdoc/>
    public void Paint(string path, Stream mask, OverlayOptions options, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(destination);
        using var rows = VipsErrors.Explained(path, default, _ => new VipsPictureRows(path, long.MaxValue, decoder));
        if (options.Format == OverlayFormat.Jpeg && Math.Max(rows.Info.Width, rows.Info.Height) > JpegLongestSide)
        {
            throw new ItemException(
                EgressErrorId.OutputFormatUnsupported,
                EgressErrorCategory.InvalidArgument,
                $"'{path}' is {rows.Info.Width} × {rows.Info.Height} pixels, and a JPEG has {JpegLongestSide} a side at most.",
                "Use -OverlayFormat Png.",
                path);
        }

        Exception? failure = null;
        using var target = new TargetCustom();
        target.OnWrite += (buffer, length) =>
        {
            try
            {
                destination.Write(buffer, 0, length);
                return length;
            }
            catch (Exception error)
            {
                // Nothing may be thrown through libvips; it comes out below.
                failure = error;
                return -1;
            }
        };
        try
        {
            VipsErrors.Beside(default, _ => Paint(rows.Picture, mask, options, target));
        }
        catch (VipsException error)
        {
            if (failure is not null)
            {
                ExceptionDispatchInfo.Throw(failure);
            }

            throw rows.Explain(error);
        }
    }

    private static void Paint(Image picture, Stream mask, OverlayOptions options, Target target)
    {
        using var source = new SourceCustom();
        source.OnRead += (buffer, length) => mask.Read(buffer, 0, length);
        source.OnSeek += (offset, origin) => mask.Seek(offset, origin);
        using var loaded = Image.NewFromSource(source, access: Enums.Access.Sequential);
        using var colours = VipsPictureFile.ToRgb(loaded);
        using var isPainted = colours.BandOr();
        using var faded = picture * (1 - options.Opacity);
        using var shade = colours * options.Opacity;
        using var sum = faded + shade;
        using var rounded = sum.Rint();
        using var mixed = rounded.Cast(Enums.BandFormat.Uchar);
        using var painted = isPainted.Ifthenelse(mixed, picture);
        if (options.Format == OverlayFormat.Jpeg)
        {
            painted.JpegsaveTarget(target, q: JpegQuality, keep: Enums.ForeignKeep.None);
        }
        else
        {
            painted.PngsaveTarget(target, keep: Enums.ForeignKeep.None);
        }
    }
}

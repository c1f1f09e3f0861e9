using Egress.Input;
using NetVips;

namespace Egress.Backend.Pictures;

/// <summary>A picture that libvips decodes from the top, as its rows are asked for.</summary>
internal sealed class VipsPictureRows : IPictureRows
{
    private readonly string _path;
    private readonly long _maxPixels;
    private readonly VipsPictureDecoder _decoder;
    private readonly VipsPictureFile _file;
    private readonly List<Image> _images = [];
    private int _next;

    /// <param name="path">Full path of the picture.</param>
    /// <param name="maxPixels">The most pixels that it may have.</param>
    /// <param name="decoder">Finds the reason where decoding fails.</param>
    /// <exception cref="ItemException">As <see cref="IPictureDecoder.Decode"/>.</exception>
    /// <exception cref="VipsException">The header is damaged.</exception>
    public VipsPictureRows(string path, long maxPixels, VipsPictureDecoder decoder)
    {
        _path = path;
        _maxPixels = maxPixels;
        _decoder = decoder;
        _file = VipsPictureFile.Open(path, maxPixels);
        try
        {
            Open();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public PictureInfo Info => _file.Info;

    /// <summary>The picture itself, which is read from the top.</summary>
    public Image Picture => _images[^1];

    /// <inheritdoc/>
    public void Read(Span<byte> rows)
    {
        try
        {
            VipsErrors.Beside(rows, pixels => VipsPictureDecoder.CopyRows(_images[^1], _next, pixels));
            _next += rows.Length / (Info.Width * 3);
        }
        catch (VipsException error)
        {
            throw Explain(error);
        }
    }

    public void Dispose()
    {
        for (var i = _images.Count - 1; i >= 0; i--)
        {
            _images[i].Dispose();
        }

        _images.Clear();
        _file.Dispose();
    }

    private void Open()
    {
        if (_file.Orientation.IsUpright)
        {
            _images.Add(_file.Picture);
        }
        else
        {
            // Turning a picture needs its last rows first: libvips decodes it to memory, or from 100 MB on to a temporary file.
            _images.Add(Image.NewFromSource(_file.Source, access: Enums.Access.Random, failOn: VipsPictureFile.Strictness));
            _images.Add(_images[^1].Autorot());
        }

        if (_file.HasProfile)
        {
            _images.Add(_images[^1].IccTransform("srgb", embedded: true));
        }

        _images.Add(VipsPictureFile.ToRgb(_images[^1]));
    }

    /// <summary>Decodes the picture once more, small and alone, which tells what is wrong with it.</summary>
    public ItemException Explain(VipsException error)
    {
        if (_file.Unreadable(error) is { } unreadable)
        {
            return unreadable;
        }

        try
        {
            const int Side = 64;
            _decoder.Decode(_path, Side, _maxPixels, new byte[Side * Side * 3]);
            return VipsErrors.Damaged(_path, error);
        }
        catch (ItemException reason)
        {
            return reason;
        }
    }
}

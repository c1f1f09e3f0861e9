using Egress.Input;

namespace Egress.Segmentation.Tiles;

/// <summary>A synthetic picture as rows: it has the size of one tile.</summary>
/// <param name="index">Which synthetic picture.</param>
/// <param name="size">Side of a tile.</param>
internal sealed class SyntheticRows(long index, int size) : IPictureRows
{
    private byte[]? _pixels;
    private int _read;

    /// <inheritdoc/>
    public PictureInfo Info => new(size, size);

    /// <inheritdoc/>
    public void Read(Span<byte> rows)
    {
        if (_pixels is null)
        {
            _pixels = new byte[size * size * 3];
            SyntheticPictures.Fill(index, _pixels);
        }

        _pixels.AsSpan(_read, rows.Length).CopyTo(rows);
        _read += rows.Length;
    }

    public void Dispose() => _pixels = null;
}

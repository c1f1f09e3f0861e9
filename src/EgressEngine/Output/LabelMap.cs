namespace Egress.Output;

/// <summary>
/// A square map of labels, seen in the size of the picture that it was made from. Labels are names, not amounts, so each pixel
/// takes the label of the nearest cell; nothing is mixed.
/// </summary>
public readonly ref struct LabelMap
{
    private readonly ReadOnlySpan<byte> _labels;
    private readonly int _size;

    /// <param name="labels">The labels, row by row, <paramref name="elementBytes"/> bytes each.</param>
    /// <param name="size">Side of the square map.</param>
    /// <param name="elementBytes">1, or 2 for more than 256 classes (little-endian).</param>
    /// <param name="width">Width of the picture in pixels.</param>
    /// <param name="height">Height of the picture in pixels.</param>
    public LabelMap(ReadOnlySpan<byte> labels, int size, int elementBytes, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, size * size * elementBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        _labels = labels;
        _size = size;
        ElementBytes = elementBytes;
        Width = width;
        Height = height;
    }

    /// <summary>Width of the picture in pixels.</summary>
    public int Width { get; }

    /// <summary>Height of the picture in pixels.</summary>
    public int Height { get; }

    /// <summary>Bytes of one label.</summary>
    public int ElementBytes { get; }

    /// <summary>The map's row that a picture's row shows; rows that show the same one are equal.</summary>
    public int SourceRow(int y) => Nearest(y, Height);

    /// <summary>Writes one row of the picture, little-endian.</summary>
    public void CopyRow(int y, Span<byte> row)
    {
        var source = _labels.Slice(SourceRow(y) * _size * ElementBytes, _size * ElementBytes);
        if (Width == _size)
        {
            source.CopyTo(row);
            return;
        }

        for (var x = 0; x < Width; x++)
        {
            source.Slice(Nearest(x, Width) * ElementBytes, ElementBytes).CopyTo(row[(x * ElementBytes)..]);
        }
    }

    // The cell under the pixel's centre: floor((i + 0.5) · size / length), in whole numbers.
    private int Nearest(int index, int length) => (int)(((2L * index) + 1) * _size / (2L * length));
}

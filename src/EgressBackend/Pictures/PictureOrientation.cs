namespace Egress.Backend.Pictures;

/// <summary>How a stored picture has to be turned to be seen upright: the values 1 to 8 of Exif's tag of that name (CIPA DC-008, 4.6.4).</summary>
/// <param name="value">The tag's value; anything but 2 to 8 leaves the picture as it is.</param>
internal readonly struct PictureOrientation(int value)
{
    /// <summary>Whether it is stored as it is seen.</summary>
    public bool IsUpright => value is < 2 or > 8;

    /// <summary>Whether its stored width is the height that is seen.</summary>
    public bool IsOnItsSide => value is >= 5 and <= 8;

    /// <summary>Turns a square picture.</summary>
    /// <param name="stored">Its pixels as stored, row by row.</param>
    /// <param name="size">Its side in pixels.</param>
    /// <param name="pixelBytes">Bytes of a pixel.</param>
    /// <param name="seen">Where the pixels go; other memory than <paramref name="stored"/>.</param>
    public void Turn(ReadOnlySpan<byte> stored, int size, int pixelBytes, Span<byte> seen)
    {
        var last = size - 1;
        for (var y = 0; y < size; y++)
        {
            for (var x = 0; x < size; x++)
            {
                var (column, row) = value switch
                {
                    2 => (last - x, y),
                    3 => (last - x, last - y),
                    4 => (x, last - y),
                    5 => (y, x),
                    6 => (y, last - x),
                    7 => (last - y, last - x),
                    8 => (last - y, x),
                    _ => (x, y),
                };
                stored.Slice(((row * size) + column) * pixelBytes, pixelBytes).CopyTo(seen[(((y * size) + x) * pixelBytes)..]);
            }
        }
    }
}

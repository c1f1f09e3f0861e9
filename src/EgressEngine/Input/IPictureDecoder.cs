namespace Egress.Input;

/// <summary>Decodes and resizes pictures. Many loader threads call one decoder at once.</summary>
public interface IPictureDecoder
{
    /// <summary>The most pixels that a picture may have by default: 178 million, which is what other picture libraries allow.</summary>
    const long DefaultMaxPixels = 178_956_970;

    /// <summary>
    /// Decodes a JPEG, PNG, WebP or TIFF file, applies its orientation tag, turns it into 8-bit RGB (grey is spread, 16-bit is
    /// scaled, alpha is laid over black, CMYK converted), resizes it to <paramref name="size"/> × <paramref name="size"/>
    /// without keeping its aspect, and writes rows of red, green and blue bytes.
    /// </summary>
    /// <param name="path">Full path of the file; nothing in it is interpreted.</param>
    /// <param name="size">Side of the square, in pixels.</param>
    /// <param name="maxPixels">The most pixels that the picture may have; checked before any pixel is decoded.</param>
    /// <param name="destination">Receives <c>size × size × 3</c> bytes.</param>
    /// <returns>The picture's own size, as displayed.</returns>
    /// <exception cref="ItemException"><see cref="EgressErrorId.PathNotFound"/>, <see cref="EgressErrorId.PathNotAFile"/>,
    /// <see cref="EgressErrorId.InputUnreadable"/>, <see cref="EgressErrorId.PictureFormatUnknown"/>,
    /// <see cref="EgressErrorId.PictureDamaged"/> or <see cref="EgressErrorId.PictureTooLarge"/>, with the path as target.</exception>
    PictureInfo Decode(string path, int size, long maxPixels, Span<byte> destination);

    /// <summary>Reads a picture's size, and nothing of its pixels.</summary>
    /// <param name="path">As for <see cref="Decode"/>.</param>
    /// <param name="maxPixels">Likewise.</param>
    /// <exception cref="ItemException">As <see cref="Decode"/>.</exception>
    PictureInfo Identify(string path, long maxPixels);

    /// <summary>
    /// Opens a picture to decode it in its own size, row by row: oriented and turned into 8-bit RGB as <see cref="Decode"/> does. A picture that
    /// lies on its side or its head is decoded to memory or, if it is large, to a temporary file first; so is, by its format's
    /// nature, an interlaced one.
    /// </summary>
    /// <param name="path">As for <see cref="Decode"/>.</param>
    /// <param name="maxPixels">Likewise.</param>
    /// <exception cref="ItemException">As <see cref="Decode"/>.</exception>
    IPictureRows OpenRows(string path, long maxPixels);
}

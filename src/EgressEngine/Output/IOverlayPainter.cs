namespace Egress.Output;

/// <summary>Lays masks over their pictures. Many workers call one painter at once.</summary>
public interface IOverlayPainter
{
    /// <summary>
    /// Decodes a picture once more, lays its mask over it and writes it. It goes through in bands of rows, however large it is. Pixels of class 0, which
    /// the palette has in black, stay as they are.
    /// </summary>
    /// <param name="path">Full path of the picture.</param>
    /// <param name="mask">The mask as a palette PNG of the picture's size.</param>
    /// <param name="options">What to write.</param>
    /// <param name="destination">Receives the file; it is only written forward.</param>
    /// <exception cref="ItemException">The picture is not what it was when it was computed, or too large for the format.</exception>
    /// <exception cref="IOException">The destination takes no more.</exception>
    void Paint(string path, Stream mask, OverlayOptions options, Stream destination);
}

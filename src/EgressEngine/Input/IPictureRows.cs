namespace Egress.Input;

/// <summary>
/// A picture that is decoded from the top as its rows are asked for, in its own size, so that its memory does not grow with its height.
/// One thread at a time uses it.
/// </summary>
public interface IPictureRows : IDisposable
{
    /// <summary>The picture's size as displayed.</summary>
    PictureInfo Info { get; }

    /// <summary>Reads the next rows.</summary>
    /// <param name="rows">Receives whole rows of red, green and blue bytes; no more than there are left.</param>
    /// <exception cref="ItemException">As <see cref="IPictureDecoder.Decode"/>.</exception>
    void Read(Span<byte> rows);
}

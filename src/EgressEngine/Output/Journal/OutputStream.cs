using Egress.Output.Stores;

namespace Egress.Output.Journal;

/// <summary>
/// What writers write an output to: passes it on to the store in the same pieces and without a copy, counts it and sums it up, and
/// makes of a store's failure the error that users meet.
/// </summary>
internal sealed class OutputStream(Stream inner, string location) : Stream
{
    private uint _register = Crc32C.Start;

    /// <summary>The CRC-32C of everything written.</summary>
    public uint Checksum => ~_register;

    /// <summary>Bytes written.</summary>
    public long Written { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        // Archives and other formats ask how far they are; none may go back.
        get => Written;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (Exception error) when (StoreFault.IsOne(error))
        {
            throw StoreFault.Writing(location, error);
        }

        _register = Crc32C.Append(_register, buffer);
        Written += buffer.Length;
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void WriteByte(byte value) => Write([value]);

    /// <inheritdoc/>
    public override void Flush()
    {
        // The file is flushed when it is committed.
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}

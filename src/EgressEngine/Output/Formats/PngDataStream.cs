using System.Buffers;

namespace Egress.Output.Formats;

/// <summary>
/// Takes a PNG's compressed pixels and writes them as <c>IDAT</c> chunks of bounded size, so that no picture has to be compressed
/// into memory first, however large it is.
/// </summary>
internal sealed class PngDataStream(Stream file) : Stream
{
    private const int ChunkBytes = 1 << 18;

    private readonly byte[] _chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
    private int _length;
    private bool _disposed;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var part = buffer[..Math.Min(buffer.Length, ChunkBytes - _length)];
            part.CopyTo(_chunk.AsSpan(_length));
            _length += part.Length;
            buffer = buffer[part.Length..];
            if (_length == ChunkBytes)
            {
                WriteChunk();
            }
        }
    }

    /// <summary>Does nothing: what is not a whole chunk waits for more.</summary>
    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            try
            {
                if (_length > 0)
                {
                    WriteChunk();
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(_chunk);
            }
        }

        base.Dispose(disposing);
    }

    private void WriteChunk()
    {
        PngChunk.Write(file, "IDAT"u8, _chunk.AsSpan(0, _length));
        _length = 0;
    }
}

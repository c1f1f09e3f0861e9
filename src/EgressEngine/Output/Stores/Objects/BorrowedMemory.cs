using System.Diagnostics.CodeAnalysis;

namespace Egress.Output.Stores.Objects;

/// <summary>
/// A stream over one or two pieces of memory that is the caller's, one after the other: a file's head and a part of a pinned buffer
/// become one part of an upload without a copy. Once it is disposed nothing reads that memory any more, also not a request that was
/// given up and still sends.
/// </summary>
internal sealed unsafe class BorrowedMemory : Stream
{
    private readonly Lock _lock = new();
    private readonly byte* _head;
    private readonly int _headBytes;
    private readonly byte* _body;
    private readonly long _length;
    private long _position;
    private bool _returned;

    /// <param name="head">The first piece, pinned by the caller.</param>
    /// <param name="headBytes">Its size.</param>
    /// <param name="body">The second piece, likewise.</param>
    /// <param name="bodyBytes">Its size.</param>
    public BorrowedMemory(byte* head, int headBytes, byte* body, long bodyBytes)
    {
        _head = head;
        _headBytes = headBytes;
        _body = body;
        _length = headBytes + bodyBytes;
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position
    {
        get => _position;
        set => _position = value;
    }

    public override int Read(Span<byte> buffer)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_returned, this);
            var source = _position < _headBytes
                ? new ReadOnlySpan<byte>(_head + _position, (int)(_headBytes - _position))
                : new ReadOnlySpan<byte>(_body + (_position - _headBytes), (int)Math.Min(_length - _position, int.MaxValue));
            var count = Math.Min(source.Length, buffer.Length);
            source[..count].CopyTo(buffer);
            _position += count;
            return count;
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => _position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _position,
        _ => _length,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>The memory goes back to its owner. An SDK disposes the streams it is given; only this call counts.</summary>
    public void Return()
    {
        lock (_lock)
        {
            _returned = true;
        }
    }

    [SuppressMessage("Usage", "CA2215", Justification = "There is nothing to dispose, and a retry must still find the stream open.")]
    protected override void Dispose(bool disposing)
    {
    }
}

namespace Egress.Buffers;

/// <summary>
/// The ownership of one buffer of a <see cref="HostBufferPool"/>. Disposing it hands the buffer back; from then on the lease and
/// its copies give it to nobody, so a stage that has handed its batch on cannot touch the buffer by mistake.
/// </summary>
public readonly record struct BufferLease : IDisposable
{
    private readonly PooledBuffer? _buffer;
    private readonly long _number;

    internal BufferLease(PooledBuffer buffer, long number)
    {
        _buffer = buffer;
        _number = number;
    }

    /// <summary>The buffer.</summary>
    /// <exception cref="ObjectDisposedException">It was handed back.</exception>
    public HostBlock Block
    {
        get
        {
            ObjectDisposedException.ThrowIf(_buffer is null || !_buffer.IsLeased(_number), typeof(BufferLease));
            return _buffer.Block;
        }
    }

    /// <summary>Hands the buffer back. Later calls do nothing.</summary>
    public void Dispose() => _buffer?.EndLease(_number);
}

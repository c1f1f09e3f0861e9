namespace Egress.Buffers;

/// <summary>
/// The ownership of one buffer of a <see cref="HostBufferPool"/>. Disposing it hands the buffer back; from then on the lease gives
/// it to nobody, so a stage that has handed its batch on cannot touch the buffer by mistake.
/// </summary>
public sealed class BufferLease : IDisposable
{
    private readonly HostBufferPool _pool;
    private HostBlock? _block;

    internal BufferLease(HostBufferPool pool, HostBlock block)
    {
        _pool = pool;
        _block = block;
    }

    /// <summary>The buffer.</summary>
    /// <exception cref="ObjectDisposedException">It was handed back.</exception>
    public HostBlock Block
    {
        get
        {
            var block = Volatile.Read(ref _block);
            ObjectDisposedException.ThrowIf(block is null, this);
            return block;
        }
    }

    /// <summary>Hands the buffer back. Later calls do nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _block, null) is { } block)
        {
            _pool.Return(block);
        }
    }
}

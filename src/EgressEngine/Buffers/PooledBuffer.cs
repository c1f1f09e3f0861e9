namespace Egress.Buffers;

/// <summary>
/// One buffer of a pool, with the number of its lease: odd while it is leased. A lease that has ended knows a number that never
/// comes again, so that it needs no object of its own.
/// </summary>
internal sealed class PooledBuffer(HostBufferPool pool, HostBlock block)
{
    private long _number;

    /// <summary>The memory.</summary>
    public HostBlock Block => block;

    /// <summary>Begins a lease. Only the pool calls it, for a buffer that is free.</summary>
    public BufferLease Lease() => new(this, Interlocked.Increment(ref _number));

    /// <summary>Whether this lease has not ended.</summary>
    public bool IsLeased(long number) => Volatile.Read(ref _number) == number;

    /// <summary>Ends a lease, where it has not ended.</summary>
    public void EndLease(long number)
    {
        if (Interlocked.CompareExchange(ref _number, number + 1, number) == number)
        {
            pool.Return(this);
        }
    }
}

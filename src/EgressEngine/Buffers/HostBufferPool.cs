using System.Globalization;

namespace Egress.Buffers;

/// <summary>
/// A fixed number of host buffers of one size, allocated once and leased again and again. A buffer has one owner at a time: the
/// pool, or the holder of its <see cref="BufferLease"/>. Pools outlive runs, and any number of runs may share one.
/// </summary>
public sealed class HostBufferPool : IDisposable
{
    private static int s_lastId;
    private readonly Stack<PooledBuffer> _free;
    private readonly SemaphoreSlim _available;
    private readonly Lock _lock = new();
    private int _leased;
    private int _users;
    private bool _removed;

    /// <param name="count">Number of buffers.</param>
    /// <param name="bufferBytes">Size of each buffer in bytes.</param>
    /// <param name="allocate">Allocates one buffer of that size.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.HostMemoryExhausted"/> where there is no room for all of them:
    /// those that were allocated are given back.</exception>
    public HostBufferPool(int count, long bufferBytes, Func<long, HostBlock> allocate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(bufferBytes, 1);
        ArgumentNullException.ThrowIfNull(allocate);
        HostMemory.ThrowIfUnavailable(count, bufferBytes);

        var blocks = new List<HostBlock>(count);
        try
        {
            for (var i = 0; i < count; i++)
            {
                blocks.Add(allocate(bufferBytes));
            }
        }
        catch
        {
            blocks.ForEach(block => block.Dispose());
            throw;
        }

        Id = Interlocked.Increment(ref s_lastId);
        Count = count;
        BufferBytes = bufferBytes;
        Kind = blocks[0].Kind;
        _free = new Stack<PooledBuffer>(blocks.Select(block => new PooledBuffer(this, block)));
        _available = new SemaphoreSlim(count);
    }

    /// <summary>A number that tells this pool from the process's others.</summary>
    public int Id { get; }

    /// <summary>Number of buffers.</summary>
    public int Count { get; }

    /// <summary>Size of each buffer in bytes.</summary>
    public long BufferBytes { get; }

    /// <summary>What the buffers really are, which is not always what was asked for.</summary>
    public HostMemoryKind Kind { get; }

    /// <summary>Whether a copy engine reads and writes the buffers directly.</summary>
    public bool IsPinned => Kind == HostMemoryKind.Pinned;

    /// <summary>Size of all buffers in bytes.</summary>
    public long TotalBytes => Count * BufferBytes;

    /// <summary>Buffers that can be leased now; none once the pool was removed.</summary>
    public int Available
    {
        get
        {
            lock (_lock)
            {
                return _free.Count;
            }
        }
    }

    /// <summary>Buffers that are leased; they can outlive the pool's removal.</summary>
    public int Leased
    {
        get
        {
            lock (_lock)
            {
                return _leased;
            }
        }
    }

    /// <summary>Whether the pool was removed.</summary>
    public bool IsRemoved
    {
        get
        {
            lock (_lock)
            {
                return _removed;
            }
        }
    }

    /// <summary>Leases a buffer; waits until one is free.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled while waiting.</exception>
    /// <exception cref="EgressException"><see cref="EgressErrorId.BufferPoolUnavailable"/>: the pool was removed.</exception>
    public BufferLease Rent(CancellationToken cancellationToken)
    {
        _available.Wait(cancellationToken);
        lock (_lock)
        {
            if (_removed)
            {
                // On to the next one that waits.
                _available.Release();
                throw Removed();
            }

            _leased++;
            return _free.Pop().Lease();
        }
    }

    /// <summary>Announces a run that uses the pool: until <see cref="EndUse"/> it cannot be removed.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.BufferPoolUnavailable"/>: the pool was removed.</exception>
    public void BeginUse()
    {
        lock (_lock)
        {
            if (_removed)
            {
                throw Removed();
            }

            _users++;
        }
    }

    /// <summary>Ends what <see cref="BeginUse"/> began.</summary>
    public void EndUse()
    {
        lock (_lock)
        {
            _users--;
        }
    }

    /// <summary>Gives all memory back.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.BufferPoolUnavailable"/>: a run still uses the pool.</exception>
    public void Remove()
    {
        lock (_lock)
        {
            if (_users > 0)
            {
                throw new EgressException(
                    EgressErrorId.BufferPoolUnavailable,
                    EgressErrorCategory.ResourceUnavailable,
                    string.Create(CultureInfo.InvariantCulture, $"Buffer pool {Id} is used by {_users} run(s)."),
                    "Wait for those runs to end, or stop them, before removing the pool.",
                    this);
            }

            // Under the same lock, so that no run can begin in between.
            Dispose();
        }
    }

    /// <summary>
    /// Gives the memory back, whoever uses it: at once for buffers that nobody holds, for the others when their lease ends.
    /// Who waits for a buffer learns that there will be none.
    /// </summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_removed)
            {
                return;
            }

            _removed = true;
            while (_free.TryPop(out var buffer))
            {
                buffer.Block.Dispose();
            }
        }

        // One permit without a buffer behind it: each waiter that gets it passes it on.
        _available.Release();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"pool {Id}: {Count} × {BufferBytes} bytes, {Kind}");

    internal void Return(PooledBuffer buffer)
    {
        lock (_lock)
        {
            _leased--;
            if (_removed)
            {
                buffer.Block.Dispose();
                return;
            }

            _free.Push(buffer);
        }

        _available.Release();
    }

    private EgressException Removed() => new(
        EgressErrorId.BufferPoolUnavailable,
        EgressErrorCategory.ResourceUnavailable,
        string.Create(CultureInfo.InvariantCulture, $"Buffer pool {Id} was removed."),
        "Make a new one with New-PinnedBufferPool, or leave -BufferPool out.",
        this);
}

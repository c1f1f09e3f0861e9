namespace Egress.Devices.Simulated;

/// <summary>
/// Memory of a simulated device: instead of bytes it holds one mark an item, so that a batch's content can be followed from the
/// loader to the worker. What is given back is overwritten, as a caching allocator's next user would do.
/// </summary>
internal sealed class SimulatedMemory(long bytes, int items) : IDeviceMemory
{
    /// <summary>The mark of memory that was given back.</summary>
    public const ulong Released = 0xDEAD_BEEF_DEAD_BEEF;

    private int _disposed;

    /// <inheritdoc/>
    public nint Address => 0;

    /// <inheritdoc/>
    public long Bytes => bytes;

    /// <summary>One mark for each item.</summary>
    public ulong[] Marks { get; } = new ulong[items];

    /// <summary>Whether the memory was given back.</summary>
    public bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Array.Fill(Marks, Released);
        }
    }
}

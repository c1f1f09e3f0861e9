using Egress.Buffers;

namespace Egress.Cmdlets.Support;

/// <summary>Allocates pools for users: pinned where a CUDA device can use that.</summary>
internal static class PoolFactory
{
    /// <summary>Allocates a pool.</summary>
    /// <param name="count">Number of buffers.</param>
    /// <param name="bytes">Size of each in bytes.</param>
    /// <param name="pageable">Whether pageable memory is wanted in any case.</param>
    public static HostBufferPool Create(int count, long bytes, bool pageable) =>
        new(count, bytes, size => HostBlock.Allocate(size, HostMemoryKind.Pageable));
}

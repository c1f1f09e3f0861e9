using Egress.Buffers;
using Egress.Devices;
using Egress.Models;

namespace Egress.Pipeline;

/// <summary>A device with a model on it. A run has one lane a device; all lanes take their batches from one queue.</summary>
/// <param name="Device">The device; its owner is whoever made it.</param>
/// <param name="Session">The model on it; likewise.</param>
public sealed record PipelineLane(IDevice Device, IInferenceSession Session)
{
    /// <summary>Allocates the buffers of the run's pools; null: the device does, for each run anew.</summary>
    public Func<long, HostMemoryKind, HostBlock>? PoolAllocator { get; init; }

    /// <summary>Allocates one buffer of a pool.</summary>
    internal HostBlock AllocatePooled(long bytes, HostMemoryKind kind) =>
        PoolAllocator is null ? Device.AllocateHost(bytes, kind) : PoolAllocator(bytes, kind);
}

using Egress.Buffers;

namespace Egress.Devices.Cpu;

/// <summary>
/// The host's processor. Compute and input copies run on the thread that enqueues them; the egress stream has a thread of its
/// own, so that <c>Pipelined</c> overlaps the copy with the next computation here too, and every hand-over is as real as on a GPU.
/// </summary>
public sealed class CpuDevice : IDevice
{
    private readonly InlineStream _inline = new();
    private readonly ThreadStream _egress = new("Egress copy stream");

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <inheritdoc/>
    public DeviceKind Kind => DeviceKind.Cpu;

    /// <inheritdoc/>
    public IDeviceStream ComputeStream => _inline;

    /// <inheritdoc/>
    public IDeviceStream IngressStream => _inline;

    /// <inheritdoc/>
    public IDeviceStream EgressStream => _egress;

    /// <summary>There is no direct memory access here, so asking for pinned memory gives resident pageable memory.</summary>
    public HostBlock AllocateHost(long bytes, HostMemoryKind kind) =>
        HostBlock.Allocate(bytes, kind == HostMemoryKind.Pinned ? HostMemoryKind.Pageable : kind);

    /// <inheritdoc/>
    public void BindThread()
    {
    }

    /// <inheritdoc/>
    public void Synchronize() => _egress.Synchronize();

    /// <inheritdoc/>
    public void Dispose() => _egress.Dispose();
}

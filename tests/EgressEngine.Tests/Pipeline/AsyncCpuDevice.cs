using Egress.Buffers;
using Egress.Devices;
using Egress.Devices.Cpu;

namespace Egress.Tests.Pipeline;

/// <summary>
/// A device of real memory and real threads that is asynchronous throughout, as a GPU is: each stream, that of compute included,
/// works in a thread of its own, and a copy takes its time.
/// </summary>
internal sealed class AsyncCpuDevice : IDevice
{
    private readonly ThreadStream _compute = new("Egress test compute");
    private readonly ThreadStream _ingress = new("Egress test ingress");
    private readonly ThreadStream _egress = new("Egress test egress");

    /// <param name="copy">How long a copy of an output takes.</param>
    public AsyncCpuDevice(TimeSpan copy)
    {
        ComputeStream = new SlowStream(_compute, copy);
        EgressStream = new SlowStream(_egress, copy);
    }

    /// <summary>The stream to compute on.</summary>
    public ThreadStream Compute => _compute;

    public string Name => "async";

    public DeviceKind Kind => DeviceKind.Cpu;

    public IDeviceStream ComputeStream { get; }

    public IDeviceStream IngressStream => _ingress;

    public IDeviceStream EgressStream { get; }

    public HostBlock AllocateHost(long bytes, HostMemoryKind kind) =>
        HostBlock.Allocate(bytes, kind == HostMemoryKind.Pinned ? HostMemoryKind.Pageable : kind);

    public void BindThread()
    {
    }

    public void Synchronize()
    {
        _compute.Synchronize();
        _ingress.Synchronize();
        _egress.Synchronize();
    }

    public void Dispose()
    {
        _compute.Dispose();
        _ingress.Dispose();
        _egress.Dispose();
    }
}

/// <summary>A stream whose copies to the host take their time, so that who does not wait for them comes too early.</summary>
internal sealed class SlowStream(ThreadStream inner, TimeSpan copy) : IDeviceStream
{
    public void Wait(IDeviceEvent deviceEvent) => inner.Wait(deviceEvent);

    public void CopyToDevice(IDeviceMemory destination, HostBlock source, long bytes) => inner.CopyToDevice(destination, source, bytes);

    public void CopyToHost(HostBlock destination, IDeviceMemory source, long bytes)
    {
        inner.Enqueue(() => Thread.Sleep(copy));
        inner.CopyToHost(destination, source, bytes);
    }

    public IDeviceEvent Record() => inner.Record();

    public void Synchronize() => inner.Synchronize();

    public void Dispose() => inner.Dispose();
}

/// <summary>The CPU device with a copy stream that takes its time.</summary>
internal sealed class SlowCopyCpuDevice(CpuDevice inner, TimeSpan copy) : IDevice
{
    public string Name => inner.Name;

    public DeviceKind Kind => inner.Kind;

    public IDeviceStream ComputeStream => inner.ComputeStream;

    public IDeviceStream IngressStream => inner.IngressStream;

    public IDeviceStream EgressStream { get; } = new SlowStream((ThreadStream)inner.EgressStream, copy);

    public HostBlock AllocateHost(long bytes, HostMemoryKind kind) => inner.AllocateHost(bytes, kind);

    public void BindThread() => inner.BindThread();

    public void Synchronize() => inner.Synchronize();

    public void Dispose() => inner.Dispose();
}

using System.Collections.Concurrent;
using Egress.Buffers;
using Egress.Devices;
using Egress.Devices.Simulated;
using Egress.Models;

namespace Egress.Tests.Pipeline;

/// <summary>A device whose every hand-over passes a <see cref="FaultPlan"/>.</summary>
internal sealed class FaultyDevice(IDevice inner, FaultPlan plan) : IDevice
{
    public string Name => inner.Name;

    public DeviceKind Kind => inner.Kind;

    public IDeviceStream ComputeStream { get; } = new FaultyStream(inner.ComputeStream, plan);

    public IDeviceStream IngressStream { get; } = new FaultyStream(inner.IngressStream, plan);

    public IDeviceStream EgressStream { get; } = new FaultyStream(inner.EgressStream, plan);

    public HostBlock AllocateHost(long bytes, HostMemoryKind kind)
    {
        plan.Reach(FaultPoint.Allocate);
        return inner.AllocateHost(bytes, kind);
    }

    public void BindThread() => inner.BindThread();

    public void Synchronize() => inner.Synchronize();

    public void Dispose() => inner.Dispose();

    private sealed class FaultyStream(IDeviceStream inner, FaultPlan plan) : IDeviceStream
    {
        public void Wait(IDeviceEvent deviceEvent) => inner.Wait(((FaultyEvent)deviceEvent).Inner);

        public void CopyToDevice(IDeviceMemory destination, HostBlock source, long bytes)
        {
            plan.Reach(FaultPoint.CopyIn);
            inner.CopyToDevice(destination, source, bytes);
        }

        public void CopyToHost(HostBlock destination, IDeviceMemory source, long bytes)
        {
            plan.Reach(FaultPoint.CopyOut);
            inner.CopyToHost(destination, source, bytes);
        }

        public IDeviceEvent Record()
        {
            plan.Reach(FaultPoint.EventRecord);
            return new FaultyEvent(inner.Record(), plan);
        }

        public void Synchronize() => inner.Synchronize();

        public void Dispose() => inner.Dispose();
    }

    private sealed class FaultyEvent(IDeviceEvent inner, FaultPlan plan) : IDeviceEvent
    {
        public IDeviceEvent Inner => inner;

        public bool HasFired => inner.HasFired;

        public void Synchronize()
        {
            plan.Reach(FaultPoint.EventWait);
            inner.Synchronize();
        }

        public void Dispose() => inner.Dispose();
    }
}

/// <summary>A model whose every run passes a <see cref="FaultPlan"/>.</summary>
internal sealed class FaultySession(IInferenceSession inner, FaultPlan plan) : IInferenceSession
{
    private readonly ConcurrentQueue<IDeviceMemory> _outputs = new();

    public TensorSpec Input => inner.Input;

    public TensorSpec Output => inner.Output;

    public long ParameterBytes => inner.ParameterBytes;

    /// <summary>Outputs that were computed and not released.</summary>
    public int LiveOutputs => inner is XorSession xor
        ? xor.LiveOutputs
        : _outputs.Cast<SimulatedMemory>().Count(memory => !memory.IsDisposed);

    public IDeviceMemory CreateInput(int batchSize) => inner.CreateInput(batchSize);

    public IDeviceMemory Run(IDeviceMemory input, int count)
    {
        plan.Reach(FaultPoint.Compute);
        var output = inner.Run(input, count);
        _outputs.Enqueue(output);
        return output;
    }

    public void Dispose() => inner.Dispose();
}

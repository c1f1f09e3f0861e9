using Egress.Buffers;
using Egress.Devices;
using Egress.Models;

namespace Egress.Tests.Pipeline;

/// <summary>A device whose own calls can be made to fail.</summary>
internal sealed class FailingDevice(IDevice inner) : IDevice
{
    public Action? OnName { get; init; }

    public Action? OnBind { get; init; }

    public Action? OnSynchronize { get; init; }

    public string Name
    {
        get
        {
            OnName?.Invoke();
            return inner.Name;
        }
    }

    public DeviceKind Kind => inner.Kind;

    public IDeviceStream ComputeStream => new UnwrappingStream(inner.ComputeStream);

    public IDeviceStream IngressStream => new UnwrappingStream(inner.IngressStream);

    public IDeviceStream EgressStream => new UnwrappingStream(inner.EgressStream);

    public HostBlock AllocateHost(long bytes, HostMemoryKind kind) => inner.AllocateHost(bytes, kind);

    public void BindThread()
    {
        OnBind?.Invoke();
        inner.BindThread();
    }

    public void Synchronize()
    {
        OnSynchronize?.Invoke();
        inner.Synchronize();
    }

    public void Dispose() => inner.Dispose();

    /// <summary>Shows the device its own memory instead of what a <see cref="FailingSession"/> made of it.</summary>
    private sealed class UnwrappingStream(IDeviceStream inner) : IDeviceStream
    {
        public void Wait(IDeviceEvent deviceEvent) => inner.Wait(deviceEvent);

        public void CopyToDevice(IDeviceMemory destination, HostBlock source, long bytes) => inner.CopyToDevice(destination, source, bytes);

        public void CopyToHost(HostBlock destination, IDeviceMemory source, long bytes) =>
            inner.CopyToHost(destination, (source as FailingSession.Output)?.Inner ?? source, bytes);

        public IDeviceEvent Record() => inner.Record();

        public void Synchronize() => inner.Synchronize();

        public void Dispose() => inner.Dispose();
    }
}

/// <summary>A model whose memory can be made to fail; for a <see cref="FailingDevice"/>, or where no output is copied.</summary>
internal sealed class FailingSession(IInferenceSession inner) : IInferenceSession
{
    public Action? OnCreateInput { get; init; }

    public Action? OnReleaseOutput { get; init; }

    /// <summary>The inputs that were created.</summary>
    public List<IDeviceMemory> Inputs { get; } = [];

    public TensorSpec Input => inner.Input;

    TensorSpec IInferenceSession.Output => inner.Output;

    public long ParameterBytes => inner.ParameterBytes;

    public IDeviceMemory CreateInput(int batchSize)
    {
        OnCreateInput?.Invoke();
        Inputs.Add(inner.CreateInput(batchSize));
        return Inputs[^1];
    }

    public IDeviceMemory Run(IDeviceMemory input, int count) => new Output(inner.Run(input, count), OnReleaseOutput);

    public void Dispose() => inner.Dispose();

    public sealed class Output(IDeviceMemory inner, Action? onRelease) : IDeviceMemory
    {
        public IDeviceMemory Inner => inner;

        public nint Address => inner.Address;

        public long Bytes => inner.Bytes;

        public void Dispose()
        {
            onRelease?.Invoke();
            inner.Dispose();
        }
    }
}

using System.Collections.Concurrent;
using Egress.Buffers;
using Egress.Devices;
using Egress.Models;

namespace Egress.Tests.Pipeline;

/// <summary>The mistakes that an asynchronous pipeline invites.</summary>
public enum HandOverFlaw
{
    /// <summary>None: the twin that has to pass.</summary>
    None,

    /// <summary>The host buffer is handed on before the event of its copy has fired.</summary>
    BufferBeforeEvent,

    /// <summary>The output's device memory is given back while its copy is under way.</summary>
    OutputReleasedBeforeEvent,

    /// <summary>The copy does not wait for the computation that it copies from.</summary>
    CopyBeforeCompute,

    /// <summary>The next input is copied over one that the model has not read yet.</summary>
    InputBeforeConsumed,
}

/// <summary>
/// A device with one of the flaws, and otherwise as good as the one inside. Each flaw is a call that does nothing, or comes too
/// early, between the pipeline and the device: the pipeline itself is the real one.
/// </summary>
internal sealed class FlawedDevice(IDevice inner, HandOverFlaw flaw) : IDevice
{
    private readonly ConcurrentQueue<IDeviceMemory> _kept = new();

    public string Name => inner.Name;

    public DeviceKind Kind => inner.Kind;

    public IDeviceStream ComputeStream => new FlawedStream(inner.ComputeStream, flaw, waits: true);

    public IDeviceStream IngressStream =>
        new FlawedStream(inner.IngressStream, HandOverFlaw.None, waits: flaw != HandOverFlaw.InputBeforeConsumed);

    public IDeviceStream EgressStream => new FlawedStream(inner.EgressStream, flaw, waits: flaw != HandOverFlaw.CopyBeforeCompute);

    public HostBlock AllocateHost(long bytes, HostMemoryKind kind) => inner.AllocateHost(bytes, kind);

    public void BindThread() => inner.BindThread();

    public void Synchronize() => inner.Synchronize();

    /// <summary>Waits for all copies, and only then gives the outputs back that were kept.</summary>
    public void Dispose()
    {
        inner.Dispose();
        while (_kept.TryDequeue(out var memory))
        {
            memory.Dispose();
        }
    }

    /// <summary>
    /// The model, whose outputs live on where only the buffer is to be handed on too early: skipping the event would give the
    /// output back too early as well, and show two flaws as one.
    /// </summary>
    public IInferenceSession Wrap(IInferenceSession session) => new KeepingSession(session, this);

    private sealed class FlawedStream(IDeviceStream inner, HandOverFlaw flaw, bool waits) : IDeviceStream
    {
        public void Wait(IDeviceEvent deviceEvent)
        {
            if (waits)
            {
                inner.Wait((deviceEvent as UnwaitedEvent)?.Inner ?? deviceEvent);
            }
        }

        public void CopyToDevice(IDeviceMemory destination, HostBlock source, long bytes) => inner.CopyToDevice(destination, source, bytes);

        public void CopyToHost(HostBlock destination, IDeviceMemory source, long bytes)
        {
            inner.CopyToHost(destination, ((KeepingSession.Output)source).Inner, bytes);
            if (flaw == HandOverFlaw.OutputReleasedBeforeEvent)
            {
                source.Dispose();
            }
        }

        public IDeviceEvent Record() => flaw == HandOverFlaw.BufferBeforeEvent ? new UnwaitedEvent(inner.Record()) : inner.Record();

        public void Synchronize() => inner.Synchronize();

        public void Dispose() => inner.Dispose();
    }

    private sealed class UnwaitedEvent(IDeviceEvent inner) : IDeviceEvent
    {
        public IDeviceEvent Inner => inner;

        public bool HasFired => true;

        public void Synchronize()
        {
        }

        public void Dispose() => inner.Dispose();
    }

    private sealed class KeepingSession(IInferenceSession inner, FlawedDevice device) : IInferenceSession
    {
        public TensorSpec Input => inner.Input;

        TensorSpec IInferenceSession.Output => inner.Output;

        public long ParameterBytes => inner.ParameterBytes;

        public IDeviceMemory CreateInput(int batchSize) => inner.CreateInput(batchSize);

        public IDeviceMemory Run(IDeviceMemory input, int count) => new Output(inner.Run(input, count), device);

        public void Dispose() => inner.Dispose();

        public sealed class Output(IDeviceMemory inner, FlawedDevice device) : IDeviceMemory
        {
            public IDeviceMemory Inner => inner;

            public nint Address => inner.Address;

            public long Bytes => inner.Bytes;

            public void Dispose()
            {
                if (device.KeepsOutputs)
                {
                    device._kept.Enqueue(inner);
                }
                else
                {
                    inner.Dispose();
                }
            }
        }
    }

    private bool KeepsOutputs => flaw == HandOverFlaw.BufferBeforeEvent;
}

using Egress.Buffers;
using Egress.Devices;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>A device and a model that do nothing, in no time and without an allocation: what is left of a run is the engine.</summary>
internal sealed class NullDevice : IDevice, IDeviceStream, IDeviceEvent, IDeviceMemory, IInferenceSession
{
    private static readonly TensorSpec s_item = new(ElementType.UInt8, 64);

    public string Name => "null";

    public DeviceKind Kind => DeviceKind.Simulated;

    public IDeviceStream ComputeStream => this;

    public IDeviceStream IngressStream => this;

    public IDeviceStream EgressStream => this;

    public bool HasFired => true;

    public nint Address => 0;

    public long Bytes => s_item.Bytes;

    public TensorSpec Input => s_item;

    public TensorSpec Output => s_item;

    public long ParameterBytes => 0;

    public HostBlock AllocateHost(long bytes, HostMemoryKind kind) =>
        HostBlock.Allocate(bytes, kind == HostMemoryKind.Pinned ? HostMemoryKind.Pageable : kind);

    public IDeviceMemory CreateInput(int batchSize) => this;

    public IDeviceMemory Run(IDeviceMemory input, int count) => this;

    public IDeviceEvent Record() => this;

    public void Wait(IDeviceEvent deviceEvent)
    {
    }

    public void CopyToDevice(IDeviceMemory destination, HostBlock source, long bytes)
    {
    }

    public void CopyToHost(HostBlock destination, IDeviceMemory source, long bytes)
    {
    }

    public void BindThread()
    {
    }

    public void Synchronize()
    {
    }

    public void Dispose()
    {
    }
}

/// <summary>Loads and processes nothing.</summary>
internal sealed class NullWork : IItemLoader<object>, IOutputProcessor<object, int>
{
    public void Load(object item, Span<byte> slot, CancellationToken cancellationToken)
    {
    }

    public void Process(OutputBatch<object, int> batch, CancellationToken cancellationToken)
    {
        for (var slot = 0; slot < batch.Count; slot++)
        {
            batch.Complete(slot, slot);
        }
    }
}

/// <summary>A run whose loading and processing take no time, and unless devices are given, nor do model and copies.</summary>
internal sealed class NullRun : IDisposable
{
    private readonly NullWork _work = new();
    private readonly object _item = new();
    private readonly BatchPipeline<object, int> _pipeline;

    /// <param name="strategy">The strategy.</param>
    /// <param name="batchSize">Items in a batch.</param>
    /// <param name="lanes">Devices and models, which stay the caller's; by default one that does nothing.</param>
    public NullRun(EgressStrategy strategy, int batchSize = 1, IReadOnlyList<PipelineLane>? lanes = null)
    {
        var device = new NullDevice();
        _pipeline = new BatchPipeline<object, int>(
            new PipelineOptions { Strategy = strategy, BatchSize = batchSize, BufferCount = 4 }, lanes ?? [new PipelineLane(device, device)],
            _work, _work);
    }

    /// <summary>Sends so many batches through and returns how many items came out.</summary>
    public int Send(int batches)
    {
        var items = batches * _pipeline.Options.BatchSize;
        int submitted = 0, taken = 0;
        while (taken < items)
        {
            while (submitted < items && _pipeline.TrySubmit(_item))
            {
                submitted++;
            }

            while (_pipeline.TryTake(out _, submitted < items ? 1 : Timeout.Infinite))
            {
                taken++;
                if (taken == items)
                {
                    break;
                }
            }
        }

        return taken;
    }

    public void Dispose() => _pipeline.Dispose();
}

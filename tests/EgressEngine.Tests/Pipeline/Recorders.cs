using System.Collections.Concurrent;
using Egress.Buffers;
using Egress.Devices;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>Counts what the stages report.</summary>
internal sealed class CountingObserver : IPipelineObserver
{
    private readonly ConcurrentDictionary<PipelineStage, int> _counts = new();
    private int _stepsFromZero;

    /// <summary>Lanes that have computed at least one batch.</summary>
    public int StepsFromZero => Volatile.Read(ref _stepsFromZero);

    public int Count(PipelineStage stage) => _counts.GetValueOrDefault(stage);

    public void BeforeStep(long index, CancellationToken cancellationToken)
    {
        if (index == 0)
        {
            Interlocked.Increment(ref _stepsFromZero);
        }
    }

    public void StageEnded(PipelineStage stage, long batch, long startTicks, long endTicks)
    {
        Assert.True(endTicks >= startTicks);
        _counts.AddOrUpdate(stage, 1, (_, count) => count + 1);
    }
}

/// <summary>Records which kinds of host memory are asked for.</summary>
internal sealed class RecordingDevice(IDevice inner, HashSet<HostMemoryKind> kinds) : IDevice
{
    public string Name => inner.Name;

    public DeviceKind Kind => inner.Kind;

    public IDeviceStream ComputeStream => inner.ComputeStream;

    public IDeviceStream IngressStream => inner.IngressStream;

    public IDeviceStream EgressStream => inner.EgressStream;

    public HostBlock AllocateHost(long bytes, HostMemoryKind kind)
    {
        lock (kinds)
        {
            kinds.Add(kind);
        }

        return inner.AllocateHost(bytes, kind);
    }

    public void BindThread() => inner.BindThread();

    public void Synchronize() => inner.Synchronize();

    public void Dispose() => inner.Dispose();
}

/// <summary>Records the threads that process outputs.</summary>
internal sealed class ThreadRecorder : IOutputProcessor<MarkedItem, bool>
{
    private readonly ConcurrentDictionary<string, int> _names = new();

    public ICollection<string> Names => _names.Keys;

    public void Process(OutputBatch<MarkedItem, bool> batch, CancellationToken cancellationToken)
    {
        _names[Thread.CurrentThread.Name ?? "unnamed"] = 1;
        for (var slot = 0; slot < batch.Count; slot++)
        {
            batch.Complete(slot, true);
        }
    }
}

using Egress.Pipeline;

namespace Egress.Measurement.Search;

/// <summary>The values that a search chooses from, and how much host memory it may take.</summary>
public sealed record SearchSpace
{
    /// <summary>Batch sizes.</summary>
    public required IReadOnlyList<int> BatchSizes { get; init; }

    /// <summary>Numbers of workers.</summary>
    public required IReadOnlyList<int> WorkerCounts { get; init; }

    /// <summary>Numbers of loaders.</summary>
    public required IReadOnlyList<int> LoaderCounts { get; init; }

    /// <summary>Numbers of output buffers.</summary>
    public required IReadOnlyList<int> BufferCounts { get; init; }

    /// <summary>Bytes of an item's input.</summary>
    public long InputBytes { get; init; }

    /// <summary>Bytes of an item's output.</summary>
    public long OutputBytes { get; init; }

    /// <summary>Devices that a run has.</summary>
    public int LaneCount { get; init; } = 1;

    /// <summary>The most bytes of host memory that a run's buffers may take.</summary>
    public long MaximumHostBytes { get; init; } = long.MaxValue;

    /// <summary>The most bytes of device memory that a run may take.</summary>
    public long MaximumDeviceBytes { get; init; } = long.MaxValue;

    /// <summary>How many configurations the full product has.</summary>
    public int ProductCount => BatchSizes.Count * WorkerCounts.Count * LoaderCounts.Count * BufferCounts.Count;

    /// <summary>Bytes of host memory in a run's buffers.</summary>
    public long HostBytes(PipelineCandidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        var inputs = new PipelineOptions { BatchSize = candidate.BatchSize, LoaderCount = candidate.LoaderCount }.InputBufferCount(LaneCount);
        return candidate.BatchSize * ((inputs * InputBytes) + (candidate.BufferCount * OutputBytes));
    }

    /// <summary>All configurations that the host's memory allows, each once.</summary>
    public IReadOnlyList<PipelineCandidate> Candidates() =>
    [
        .. from batch in BatchSizes.Distinct().Order()
           from workers in WorkerCounts.Distinct().Order()
           from loaders in LoaderCounts.Distinct().Order()
           from buffers in BufferCounts.Distinct().Order()
           let candidate = new PipelineCandidate(batch, workers, loaders, buffers)
           where HostBytes(candidate) <= MaximumHostBytes
           select candidate,
    ];
}

using System.Globalization;
using Egress.Pipeline;

namespace Egress.Measurement.Sweeps;

/// <summary>What a sweep has measured so far, for what later results say of earlier ones.</summary>
internal sealed class SweepHistory
{
    /// <summary>Rates within so much of each other are the same for advice.</summary>
    private const double SameRate = 0.02;

    private readonly Dictionary<ThroughputConfiguration, double> _baselines = [];
    private readonly Dictionary<ThroughputConfiguration, List<ThroughputResult>> _batchSizes = [];

    /// <summary>Takes a result up.</summary>
    public void Add(ThroughputResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.StepsPerSecond is not { } rate)
        {
            return;
        }

        var configuration = ThroughputConfiguration.Of(result);
        if (result.Strategy == EgressStrategy.Baseline.Name)
        {
            _baselines[configuration.ForBaseline()] = rate;
        }

        var key = WithoutBatch(configuration);
        if (!_batchSizes.TryGetValue(key, out var results))
        {
            results = _batchSizes[key] = [];
        }

        results.Add(result);
    }

    /// <summary>The rate over Baseline's in the same configuration; null where that was not measured.</summary>
    public double? Speedup(ThroughputResult result) =>
        result.Strategy == EgressStrategy.Baseline.Name
            ? 1
            : _baselines.TryGetValue(ThroughputConfiguration.Of(result).ForBaseline(), out var baseline) ? result.StepsPerSecond / baseline : null;

    /// <summary>Names a smaller batch that was measured to be as fast with less memory; null where there is none.</summary>
    public string? SmallerBatch(ThroughputResult result)
    {
        var smaller = _batchSizes.GetValueOrDefault(WithoutBatch(ThroughputConfiguration.Of(result)))?
            .Where(other => other.BatchSize < result.BatchSize
                && other.ImagesPerSecond >= result.ImagesPerSecond * (1 - SameRate)
                && Memory(other) < Memory(result))
            .MinBy(other => other.BatchSize);
        return smaller is null
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"Use -BatchSize {smaller.BatchSize}: it made {smaller.ImagesPerSecond:0.##} images/s, as this one does, and takes {(Memory(result) - Memory(smaller)) / 1e9:0.00} GB of memory less.");
    }

    private static long Memory(ThroughputResult result) => (result.HostMemoryBytes ?? 0) + (result.DeviceMemoryBytes ?? 0);

    private static ThroughputConfiguration WithoutBatch(ThroughputConfiguration configuration) => configuration with { BatchSize = 0 };
}

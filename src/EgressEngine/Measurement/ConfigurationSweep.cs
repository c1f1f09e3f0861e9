using Egress.Devices;
using Egress.Models;
using Egress.Pipeline;
using Egress.Runtime;
using Egress.Segmentation;

namespace Egress.Measurement;

/// <summary>
/// Measures one configuration after the other. A model stays on its device as long as the next configuration uses it, and each
/// result is set against the Baseline of the same configuration, where that came before.
/// </summary>
public sealed class ConfigurationSweep(Func<IBackend> backend) : IDisposable
{
    private readonly Dictionary<SegmentationOptions, double> _baselines = [];
    private SegmentationLanes? _lanes;

    /// <summary>Measures a configuration.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="devices">Its devices.</param>
    /// <param name="throughput">How long to measure.</param>
    /// <param name="repeat">How often; the result is the repetition with the median throughput.</param>
    /// <param name="pictures">Full paths of pictures to load over and over; none: synthetic ones.</param>
    /// <param name="progress">Told of each step: the steps so far and all there will be.</param>
    /// <param name="cancellationToken">Ends the measurement early.</param>
    /// <exception cref="EgressException">The configuration cannot run.</exception>
    public ThroughputResult Measure(
        SegmentationOptions options, IReadOnlyList<DeviceSpec> devices, ThroughputOptions throughput, int repeat,
        IReadOnlyList<string> pictures, Action<long, long>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var lanes = Lanes(options.Model, devices);
        var measurement = new SegmentationThroughput(options, lanes, throughput, pictures, backend) { Progress = progress };
        var results = new List<ThroughputResult>(repeat);
        for (var i = 0; i < repeat; i++)
        {
            results.Add(measurement.Measure(cancellationToken));
        }

        var result = results.OrderBy(candidate => candidate.StepsPerSecond).ElementAt((repeat - 1) / 2);
        result.Repeat = repeat;
        SetSpeedup(result, options);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _lanes?.Dispose();

    private SegmentationLanes Lanes(SegmentationModelOptions model, IReadOnlyList<DeviceSpec> devices)
    {
        if (_lanes is null || _lanes.Model != model || !_lanes.Devices.SequenceEqual(devices))
        {
            _lanes?.Dispose();
            _lanes = null;
            _lanes = SegmentationLanes.Open(model, devices, backend);
        }

        return _lanes;
    }

    private void SetSpeedup(ThroughputResult result, SegmentationOptions options)
    {
        // What makes two configurations the same but for the strategy; buffers and workers mean nothing to Baseline.
        var key = options with
        {
            Pipeline = new PipelineOptions { BatchSize = options.Pipeline.BatchSize, LoaderCount = options.Pipeline.LoaderCount },
            Destination = result.Device,
        };
        if (options.Pipeline.Strategy == EgressStrategy.Baseline)
        {
            _baselines[key] = result.StepsPerSecond;
        }

        if (_baselines.TryGetValue(key, out var baseline))
        {
            result.Speedup = result.StepsPerSecond / baseline;
        }
    }
}

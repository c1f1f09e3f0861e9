using Egress.Measurement.Statistics;
using Egress.Pipeline;

namespace Egress.Measurement;

/// <summary>
/// Measures one configuration after the other. A model stays on its device as long as the next configuration uses it, and each
/// result is set against the Baseline of the same configuration, where that came before.
/// </summary>
public sealed class ConfigurationSweep : IDisposable
{
    private readonly Dictionary<ThroughputConfiguration, double> _baselines = [];
    private IMeasuredModel? _model;
    private object? _sharedKey;

    /// <summary>Measures a configuration.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="throughput">How long to measure.</param>
    /// <param name="repetition">How often.</param>
    /// <param name="progress">Told of each step: the repetition's number from 0, and its steps so far.</param>
    /// <param name="cancellationToken">Ends the measurement early.</param>
    /// <exception cref="EgressException">The configuration cannot run.</exception>
    public ThroughputResult Measure(
        IMeasuredConfiguration configuration, ThroughputOptions throughput, RepetitionOptions repetition, Action<int, long>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(throughput);
        ArgumentNullException.ThrowIfNull(repetition);
        var begin = DateTimeOffset.Now;
        var meter = configuration.CreateMeter(Share(configuration), throughput);
        var verified = throughput.VerifySteps > 0 ? meter.Verify(cancellationToken) : (bool?)null;
        var repeated = new RepeatedMeasurement(repetition);
        repeated.Make(number => meter.Run(done => progress?.Invoke(number, done), cancellationToken));
        var limits = throughput.MeasureLimits ? meter.MeasureLimits(cancellationToken) : null;
        return Describe(configuration.Description, meter, repeated, limits, verified, throughput, begin);
    }

    /// <summary>Runs some steps of a configuration under an observer, with the model that is there already where it is the same.</summary>
    public void Observe(IMeasuredConfiguration configuration, IPipelineObserver observer, int steps, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.CreateMeter(Share(configuration), new ThroughputOptions()).Observe(observer, steps, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _model?.Dispose();

    /// <summary>The model of the configuration before, where this one has the same; otherwise that one goes first.</summary>
    private IMeasuredModel Share(IMeasuredConfiguration configuration)
    {
        if (_model is null || !configuration.SharedKey.Equals(_sharedKey))
        {
            _model?.Dispose();
            _model = null;
            _model = configuration.Open();
            _sharedKey = configuration.SharedKey;
        }

        return _model;
    }

    private ThroughputResult Describe(
        ThroughputConfiguration configuration, IThroughputMeter meter, RepeatedMeasurement repeated, ThroughputLimits? limits,
        bool? verified, ThroughputOptions throughput, DateTimeOffset begin)
    {
        var stepsPerSecond = repeated.StepsPerSecond;
        var times = repeated.StepMilliseconds;
        if (configuration.Strategy == EgressStrategy.Baseline.Name)
        {
            _baselines[configuration.ForBaseline()] = stepsPerSecond;
        }

        return new ThroughputResult
        {
            Workload = configuration.Workload,
            Strategy = configuration.Strategy,
            Model = configuration.Model,
            Device = configuration.Device,
            Precision = configuration.Precision,
            OutputKind = configuration.OutputKind,
            BatchSize = configuration.BatchSize,
            ImageSize = configuration.ImageSize,
            ClassCount = configuration.ClassCount,
            WorkerCount = configuration.WorkerCount,
            BufferCount = configuration.BufferCount,
            LoaderCount = configuration.LoaderCount,
            Weights = configuration.Weights,
            Steps = throughput.Steps,
            Repeat = repeated.Runs.Count,
            StepsPerSecond = stepsPerSecond,
            ConfidenceLow = repeated.Interval?.Low,
            ConfidenceHigh = repeated.Interval?.High,
            Samples = new ThroughputSamples(repeated.Samples),
            Noise = repeated.Noise,
            IsNoisy = repeated.IsNoisy,
            IsStable = repeated.IsStable,
            ImagesPerSecond = stepsPerSecond * configuration.BatchSize,
            EgressGBPerSecond = stepsPerSecond * meter.StepBytes / 1e9,
            StepMilliseconds = SampleStatistics.Percentile(times, 0.5),
            P90Milliseconds = SampleStatistics.Percentile(times, 0.9),
            P95Milliseconds = SampleStatistics.Percentile(times, 0.95),
            P99Milliseconds = SampleStatistics.Percentile(times, 0.99),
            Speedup = _baselines.TryGetValue(configuration.ForBaseline(), out var baseline) ? stepsPerSecond / baseline : null,
            LimitStepsPerSecond = limits?.StepsPerSecond,
            LimitedBy = limits is null ? null : meter.LimitedBy(limits, repeated.Runs).ToString(),
            Efficiency = limits is null ? null : stepsPerSecond / limits.StepsPerSecond,
            Limits = limits,
            HostMemoryBytes = repeated.Runs.Max(run => run.HostMemoryBytes),
            DeviceMemoryBytes = repeated.Runs.Max(run => run.DeviceMemoryBytes),
            Verified = verified,
            MeasuredAt = begin,
        };
    }
}

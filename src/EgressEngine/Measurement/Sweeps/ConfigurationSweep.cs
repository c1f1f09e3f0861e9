using Egress.Measurement.Statistics;
using Egress.Pipeline;

namespace Egress.Measurement.Sweeps;

/// <summary>
/// Measures one configuration after the other. What the next one can use stays: the model on its devices, host buffers, the limits
/// of parts that both have. What it cannot use goes before it comes. Each result is set against what was measured before it.
/// </summary>
/// <param name="share">What configurations share besides the model; it belongs to the caller.</param>
public sealed class ConfigurationSweep(SweepShare share) : IDisposable
{
    private readonly SweepHistory _history = new();
    private IDeviceLanes? _model;
    private object? _sharedKey;
    private int _batchSize;

    /// <summary>Measures a configuration.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="throughput">How long to measure.</param>
    /// <param name="repetition">How often.</param>
    /// <param name="progress">Told of each step: the repetition's number from 0, and its steps so far.</param>
    /// <param name="cancellationToken">Ends the measurement early.</param>
    /// <exception cref="EgressException">The configuration cannot run; the sweep can go on with others.</exception>
    public ThroughputResult Measure(
        IMeasuredConfiguration configuration, ThroughputOptions throughput, RepetitionOptions repetition, Action<int, long>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(throughput);
        ArgumentNullException.ThrowIfNull(repetition);
        var begin = DateTimeOffset.Now;
        try
        {
            var meter = configuration.CreateMeter(Open(configuration), throughput, share);
            var verified = throughput.VerifySteps > 0 ? meter.Verify(cancellationToken) : (bool?)null;
            var repeated = new RepeatedMeasurement(repetition);
            repeated.Make(number => meter.Run(done => progress?.Invoke(number, done), cancellationToken));
            var limits = throughput.MeasureLimits ? meter.MeasureLimits(cancellationToken) : null;
            var result = Describe(configuration.Description, meter, repeated, limits, verified, throughput, begin);
            _history.Add(result);
            return result;
        }
        catch (EgressException error) when (error.Category == EgressErrorCategory.DeviceError)
        {
            // What is left of the model is of no use to the next configuration.
            Close();
            throw;
        }
        finally
        {
            share.Buffers.EndConfiguration();
        }
    }

    /// <summary>The result of a configuration that could not run.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="steps">The steps that were to be measured.</param>
    /// <param name="error">Why.</param>
    public static ThroughputResult Failed(ThroughputConfiguration configuration, int steps, EgressException error)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(error);
        return configuration.ToResult(steps) with
        {
            Status = ThroughputStatus.Failed,
            Repeat = 0,
            ErrorId = error.ErrorId,
            Error = error.Message,
            Advice = error.Advice,
        };
    }

    /// <summary>Takes up a result that was measured before, as if it had been measured now.</summary>
    public void Know(ThroughputResult result) => _history.Add(result);

    /// <summary>Runs some steps of a configuration under an observer, with the model that is there already where it is the same.</summary>
    public void Observe(IMeasuredConfiguration configuration, IPipelineObserver observer, int steps, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.CreateMeter(Open(configuration), new ThroughputOptions(), share).Observe(observer, steps, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    /// <summary>The model of the configuration before, where this one has the same; otherwise that one goes first.</summary>
    private IDeviceLanes Open(IMeasuredConfiguration configuration)
    {
        if (_model is null || !configuration.SharedKey.Equals(_sharedKey))
        {
            Close();
            share.ModelChanged();
            _model = configuration.Open();
            _sharedKey = configuration.SharedKey;
        }
        else if (configuration.Pipeline.BatchSize != _batchSize)
        {
            ReleaseUnused(_model);
        }

        _batchSize = configuration.Pipeline.BatchSize;
        return _model;
    }

    private void Close()
    {
        if (_model is { } model)
        {
            _model = null;
            ReleaseUnused(model);
            model.Dispose();
        }
    }

    private static void ReleaseUnused(IDeviceLanes model)
    {
        foreach (var lane in model.Lanes)
        {
            try
            {
                lane.Session.ReleaseUnused();
            }
            catch (EgressException)
            {
                // A device that failed has nothing to give; whoever runs on it next is told.
            }
        }
    }

    private ThroughputResult Describe(
        ThroughputConfiguration configuration, IThroughputMeter meter, RepeatedMeasurement repeated, ThroughputLimits? limits,
        bool? verified, ThroughputOptions throughput, DateTimeOffset begin)
    {
        var rate = repeated.StepsPerSecond;
        var times = repeated.StepMilliseconds;
        var waited = limits is null ? (LimitingStage?)null : meter.LimitedBy(limits, repeated.Runs);
        var result = configuration.ToResult(throughput.Steps) with
        {
            Repeat = repeated.Runs.Count,
            StepsPerSecond = rate,
            ConfidenceLow = repeated.Interval?.Low,
            ConfidenceHigh = repeated.Interval?.High,
            Samples = new ThroughputSamples(repeated.Samples),
            Noise = repeated.Noise,
            IsNoisy = repeated.IsNoisy,
            IsStable = repeated.IsStable,
            ImagesPerSecond = rate * configuration.BatchSize,
            EgressGBPerSecond = rate * meter.StepBytes / 1e9,
            StepMilliseconds = SampleStatistics.Percentile(times, 0.5),
            P90Milliseconds = SampleStatistics.Percentile(times, 0.9),
            P95Milliseconds = SampleStatistics.Percentile(times, 0.95),
            P99Milliseconds = SampleStatistics.Percentile(times, 0.99),
            LimitStepsPerSecond = limits?.StepsPerSecond,
            LimitedBy = waited?.ToString(),
            Efficiency = rate / limits?.StepsPerSecond,
            Limits = limits,
            Advice = limits is null ? null : meter.Advise(configuration, limits, waited!.Value, repeated.Runs),
            HostMemoryBytes = repeated.Runs.Max(run => run.HostMemoryBytes),
            DeviceMemoryBytes = repeated.Runs.Max(run => run.DeviceMemoryBytes),
            Verified = verified,
            MeasuredAt = begin,
        };
        return result with { Speedup = _history.Speedup(result), Advice = result.Advice ?? _history.SmallerBatch(result) };
    }
}

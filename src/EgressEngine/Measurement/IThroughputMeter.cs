using Egress.Pipeline;

namespace Egress.Measurement;

/// <summary>One configuration, ready to be measured: whatever the workload, a sweep needs no more of it.</summary>
public interface IThroughputMeter
{
    /// <summary>Compares some steps' bytes with a plain synchronous copy.</summary>
    /// <exception cref="EgressException">The run ended with a fault.</exception>
    bool Verify(CancellationToken cancellationToken);

    /// <summary>Runs warm-up, measured and cool-down steps once.</summary>
    /// <param name="progress">Told of each finished step: the steps so far.</param>
    /// <param name="cancellationToken">Ends the run early.</param>
    /// <exception cref="EgressException">The run ended with a fault.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ThroughputRun Run(Action<long>? progress, CancellationToken cancellationToken);

    /// <summary>Runs some steps under an observer and measures nothing.</summary>
    void Observe(IPipelineObserver observer, int steps, CancellationToken cancellationToken);

    /// <summary>Measures what each part manages alone.</summary>
    ThroughputLimits MeasureLimits(CancellationToken cancellationToken);

    /// <summary>Finds what runs waited for.</summary>
    LimitingStage LimitedBy(ThroughputLimits limits, IReadOnlyCollection<ThroughputRun> runs);

    /// <summary>Says in a sentence what to change about the configuration; null: nothing that is worth it.</summary>
    string? Advise(ThroughputConfiguration configuration, ThroughputLimits limits, LimitingStage waited, IReadOnlyCollection<ThroughputRun> runs);

    /// <summary>Bytes of output of one step.</summary>
    long StepBytes { get; }
}

using Egress.Devices;
using Egress.Pipeline;

namespace Egress.Measurement;

/// <summary>Measures one workload in one configuration, on lanes that are open already.</summary>
internal sealed class WorkloadMeter<TItem, TResult>(IMeasuredWorkload<TItem, TResult> workload, ThroughputOptions options, LimitCache limitCache)
    : IThroughputMeter
{
    private const int MaximumLimitSteps = 50;

    /// <inheritdoc/>
    public long StepBytes => workload.Lanes[0].Session.Output.Bytes * workload.Pipeline.BatchSize;

    /// <inheritdoc/>
    public bool Verify(CancellationToken cancellationToken)
    {
        var verifier = new CopyVerifier();
        var watched = workload.Lanes.Select(verifier.Watch).ToList();
        try
        {
            RunPipeline(watched, verifier.Watch(workload.CreateProcessor()), null, options.VerifySteps, null, cancellationToken);
            return verifier.IsVerified;
        }
        finally
        {
            watched.ForEach(lane => lane.Session.Dispose());
        }
    }

    /// <inheritdoc/>
    public ThroughputRun Run(Action<long>? progress, CancellationToken cancellationToken)
    {
        using var window = new StepWindow(options, workload.Lanes);
        var memory = workload.Lanes.Select(lane => lane.Device).OfType<IMemoryMeter>().ToList();
        memory.ForEach(meter => meter.Restart());
        var hostBytes = RunPipeline(
            workload.Lanes, workload.CreateProcessor(), window, options.TotalSteps, progress, cancellationToken);
        return new ThroughputRun(
            options.Steps, window.Seconds, [.. window.StepMilliseconds], hostBytes, memory.Count > 0 ? memory.Sum(meter => meter.PeakBytes) : null)
        {
            StageTimes = window.StageTimes,
            FillSteps = Math.Min(options.Steps / 4, workload.Pipeline.BufferCount + 3),
            MostBuffersHeld = window.MostBuffersHeld,
        };
    }

    /// <inheritdoc/>
    public void Observe(IPipelineObserver observer, int steps, CancellationToken cancellationToken) =>
        RunPipeline(workload.Lanes, workload.CreateProcessor(), observer, steps, null, cancellationToken);

    /// <inheritdoc/>
    public ThroughputLimits MeasureLimits(CancellationToken cancellationToken) =>
        new LimitMeter<TItem, TResult>(
            workload.Pipeline, workload.Lanes, workload.CreateLoader(), workload.CreateProcessor(), workload.CreateItem, limitCache, cancellationToken)
            .Measure(Math.Min(options.Steps, MaximumLimitSteps));

    /// <inheritdoc/>
    public string? Advise(
        ThroughputConfiguration configuration, ThroughputLimits limits, LimitingStage waited, IReadOnlyCollection<ThroughputRun> runs) =>
        new TuningAdvice(configuration, limits, waited, Statistics.SampleStatistics.Median(runs.Select(run => run.StepsPerSecond)))
        {
            BufferWait = StageTimes.Sum(runs.Select(run => run.StageTimes)).Seconds(PipelineStage.WaitBuffer)
                / (workload.Lanes.Count * runs.Sum(run => run.Seconds)),
            BuffersUsed = runs.Max(run => run.MostBuffersHeld),
            BufferBytes = StepBytes,
            LabelShare = workload.LabelShare,
        }.Sentence();

    /// <inheritdoc/>
    public LimitingStage LimitedBy(ThroughputLimits limits, IReadOnlyCollection<ThroughputRun> runs) => WaitedStage.Find(
        limits,
        StageTimes.Sum(runs.Select(run => run.StageTimes)),
        workload.Pipeline,
        workload.Lanes.Count,
        runs.Sum(run => run.Steps),
        runs.Sum(run => run.Seconds));

    /// <summary>Runs so many steps and returns the bytes of host memory that this took.</summary>
    private long RunPipeline(
        IReadOnlyList<PipelineLane> lanes, IOutputProcessor<TItem, TResult> processor, IPipelineObserver? observer, int steps,
        Action<long>? progress, CancellationToken cancellationToken)
    {
        using var pipeline = new BatchPipeline<TItem, TResult>(workload.Pipeline, lanes, workload.CreateLoader(), processor, observer);
        using var cancel = cancellationToken.Register(pipeline.Cancel);
        var batchSize = workload.Pipeline.BatchSize;
        var items = (long)steps * batchSize;
        long submitted = 0, taken = 0;
        while (taken < items)
        {
            while (submitted < items && pipeline.TrySubmit(workload.CreateItem(submitted)))
            {
                submitted++;
            }

            if (submitted == items)
            {
                pipeline.CompleteInput();
            }

            while (pipeline.TryTake(out var outcome, submitted < items ? 5 : 100))
            {
                if (outcome.Error is { } error)
                {
                    throw error;
                }

                taken++;
                if (taken % batchSize == 0)
                {
                    progress?.Invoke(taken / batchSize);
                }
            }

            if (pipeline.IsCompleted && taken < items)
            {
                pipeline.TryTake(out _, 0);
            }
        }

        return pipeline.HostMemoryBytes;
    }
}

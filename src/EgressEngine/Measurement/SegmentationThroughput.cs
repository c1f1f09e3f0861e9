using Egress.Models;
using Egress.Pipeline;
using Egress.Runtime;
using Egress.Segmentation;

namespace Egress.Measurement;

/// <summary>Measures the throughput of a segmentation configuration on lanes that are open already.</summary>
public sealed class SegmentationThroughput
{
    private readonly SegmentationOptions _options;
    private readonly SegmentationLanes _lanes;
    private readonly ThroughputOptions _throughput;
    private readonly IReadOnlyList<string> _pictures;
    private readonly Func<IBackend> _backend;

    /// <param name="options">The configuration; nothing is written, whatever its format.</param>
    /// <param name="lanes">The devices with the model on each.</param>
    /// <param name="throughput">How long to measure.</param>
    /// <param name="pictures">Full paths of pictures that are loaded over and over; none: synthetic ones.</param>
    /// <param name="backend">Gives the backend; asked only where pictures are decoded.</param>
    public SegmentationThroughput(
        SegmentationOptions options, SegmentationLanes lanes, ThroughputOptions throughput, IReadOnlyList<string> pictures,
        Func<IBackend> backend)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options with { OutputFormat = Output.OutputFormat.None };
        _lanes = lanes;
        _throughput = throughput;
        _pictures = pictures;
        _backend = backend;
    }

    /// <summary>Told of each finished step: the steps so far and all there will be.</summary>
    public Action<long, long>? Progress { get; init; }

    /// <summary>Verifies, measures the run, then its limits.</summary>
    /// <param name="cancellationToken">Ends the measurement early.</param>
    /// <exception cref="EgressException">The run ended with a fault.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ThroughputResult Measure(CancellationToken cancellationToken)
    {
        var verified = _throughput.VerifySteps > 0 ? Verify(cancellationToken) : (bool?)null;
        using var window = new StepWindow(_throughput, _lanes.Lanes);
        var hostBytes = RunPipeline(_lanes.Lanes, CreateProcessor(), window, _throughput.TotalSteps, cancellationToken);
        var limits = _throughput.MeasureLimits ? MeasureLimits(cancellationToken) : null;
        return Describe(window, hostBytes, limits, verified);
    }

    private bool Verify(CancellationToken cancellationToken)
    {
        var verifier = new OutputVerifier();
        var watched = _lanes.Lanes.Select(verifier.Watch).ToList();
        try
        {
            RunPipeline(watched, verifier.Watch(CreateProcessor()), null, _throughput.VerifySteps, cancellationToken);
            return verifier.IsVerified;
        }
        finally
        {
            watched.ForEach(lane => lane.Session.Dispose());
        }
    }

    private IOutputProcessor<SegmentationItem, SegmentationResult> CreateProcessor() =>
        SegmentationRun.CreateProcessor(_options, _lanes);

    private PictureLoader CreateLoader() => new(_options.Model.ImageSize, _options.MaxPixels, () => _backend().PictureDecoder);

    private SegmentationItem CreateItem(long index) => _pictures.Count == 0
        ? SegmentationItem.Synthetic(index, null)
        : SegmentationItem.FromFile(_pictures[(int)(index % _pictures.Count)], null);

    private long RunPipeline(
        IReadOnlyList<PipelineLane> lanes, IOutputProcessor<SegmentationItem, SegmentationResult> processor, IPipelineObserver? observer,
        int steps, CancellationToken cancellationToken)
    {
        using var pipeline = new BatchPipeline<SegmentationItem, SegmentationResult>(
            _options.Pipeline, lanes, CreateLoader(), processor, observer);
        using var cancel = cancellationToken.Register(pipeline.Cancel);
        var items = (long)steps * _options.Pipeline.BatchSize;
        long submitted = 0, taken = 0;
        while (taken < items)
        {
            while (submitted < items && pipeline.TrySubmit(CreateItem(submitted)))
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
                if (taken % _options.Pipeline.BatchSize == 0)
                {
                    Progress?.Invoke(taken / _options.Pipeline.BatchSize, steps);
                }
            }

            if (pipeline.IsCompleted && taken < items)
            {
                pipeline.TryTake(out _, 0);
            }
        }

        return pipeline.HostMemoryBytes;
    }

    private ThroughputLimits MeasureLimits(CancellationToken cancellationToken) =>
        new LimitMeter<SegmentationItem, SegmentationResult>(
            _options.Pipeline, _lanes.Lanes, CreateLoader(), CreateProcessor(), CreateItem, cancellationToken)
            .Measure(Math.Min(_throughput.Steps, 50));

    private ThroughputResult Describe(StepWindow window, long hostBytes, ThroughputLimits? limits, bool? verified)
    {
        var pipeline = _options.Pipeline;
        var stepsPerSecond = _throughput.Steps / window.Seconds;
        var times = window.StepMilliseconds.Order().ToList();
        return new ThroughputResult
        {
            Strategy = pipeline.Strategy.Name,
            Model = _options.Model.Model,
            Device = string.Join(',', _lanes.Devices),
            Precision = _options.Model.Precision.ToString(),
            OutputKind = _options.Model.OutputKind.ToString(),
            BatchSize = pipeline.BatchSize,
            ImageSize = _options.Model.ImageSize,
            ClassCount = _options.Model.ClassCount,
            WorkerCount = pipeline.WorkerCount,
            BufferCount = pipeline.Strategy.UsesPool ? pipeline.BufferPool?.Count ?? pipeline.BufferCount : 0,
            LoaderCount = pipeline.LoaderCount,
            Steps = _throughput.Steps,
            StepsPerSecond = stepsPerSecond,
            ImagesPerSecond = stepsPerSecond * pipeline.BatchSize,
            EgressGBPerSecond = stepsPerSecond * pipeline.BatchSize * _options.Model.OutputSpec.Bytes / 1e9,
            StepMilliseconds = Percentile(times, 0.5),
            P99Milliseconds = Percentile(times, 0.99),
            LimitStepsPerSecond = limits?.StepsPerSecond,
            LimitedBy = limits is null
                ? LimitingStage.Unknown
                : WaitedStage.Find(limits, window.StageTimes, pipeline, _lanes.Lanes.Count, _throughput.Steps, window.Seconds),
            Efficiency = limits is null ? null : stepsPerSecond / limits.StepsPerSecond,
            Limits = limits,
            HostMemoryBytes = hostBytes,
            Verified = verified,
        };
    }

    /// <summary>The value that a share of all values does not exceed (nearest rank).</summary>
    private static double Percentile(List<double> sorted, double share) =>
        sorted.Count == 0 ? double.NaN : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Count) - 1)];
}

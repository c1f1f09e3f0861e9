using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using Egress.Cmdlets.Completion;
using Egress.Cmdlets.Support;
using Egress.Devices;
using Egress.Measurement;
using Egress.Measurement.Search;
using Egress.Measurement.Sweeps;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Cmdlets.Commands;

/// <summary>
/// <para>Finds the batch size and the numbers of workers, loaders and buffers with the highest throughput, within limits of memory
/// and time, in far fewer runs than all combinations would take. Gives one object, with every run that led to it.</para>
/// </summary>
[Cmdlet(VerbsCommon.Optimize, "EgressPipeline")]
[OutputType(typeof(PipelineOptimum))]
public sealed class OptimizeEgressPipelineCommand : EgressCommand, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<ThroughputResult> _tried = [];
    private SweepShare? _share;
    private SweepRunner? _runner;

    /// <summary>The design that moves outputs off the device.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(StrategyCompleter))]
    [ValidateNotNullOrEmpty]
    public string Strategy { get; set; } = EgressStrategy.Pipelined.Name;

    /// <summary>Batch sizes to choose from; powers of two up to 64, on a CPU up to 8, by default.</summary>
    [Parameter]
    [ValidateRange(1, Limits.BatchSize)]
    public int[] BatchSize { get; set; } = [];

    /// <summary>Numbers of workers to choose from; powers of two up to the number of processors, and 16 at most, by default.</summary>
    [Parameter]
    [ValidateRange(1, Limits.Threads)]
    public int[] WorkerCount { get; set; } = Threads;

    /// <summary>Numbers of loaders to choose from, likewise.</summary>
    [Parameter]
    [ValidateRange(1, Limits.Threads)]
    public int[] LoaderCount { get; set; } = Threads;

    /// <summary>Numbers of output buffers to choose from.</summary>
    [Parameter]
    [ValidateRange(1, Limits.Buffers)]
    public int[] BufferCount { get; set; } = [2, 3, 4, 6, 8];

    /// <summary>The device; several GPUs as one text, 'cuda:0,cuda:1'.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Device { get; set; }

    /// <summary>The network, or a file with a whole program.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ModelCompleter))]
    [ValidateNotNullOrEmpty]
    public string Model { get; set; } = BuiltInModels.Default;

    /// <summary>The precision that the network computes in.</summary>
    [Parameter]
    public ModelPrecision Precision { get; set; } = ModelPrecision.Float32;

    /// <summary>What of the network's output leaves the device.</summary>
    [Parameter]
    public OutputKind OutputKind { get; set; } = OutputKind.Logits;

    /// <summary>Number of classes that the network tells apart.</summary>
    [Parameter]
    [ValidateRange(1, Limits.Classes)]
    public int ClassCount { get; set; } = SegmentationModelOptions.DefaultClassCount;

    /// <summary>Side of the square that pictures are resized to, in pixels.</summary>
    [Parameter]
    [ValidateRange(Limits.ShortestSide, Limits.LongestSide)]
    public int ImageSize { get; set; } = SegmentationModelOptions.DefaultImageSize;

    /// <summary>Picture files to load over and over, instead of synthetic ones; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Lets the native code of compiled packages run without asking.</summary>
    [Parameter]
    public SwitchParameter AllowNativeCode { get; set; }

    /// <summary>The most bytes of host memory that a run's buffers may take: 8GB.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    public long MaximumHostMemory { get; set; } = long.MaxValue;

    /// <summary>The most bytes of device memory that a run may take.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    public long MaximumDeviceMemory { get; set; } = long.MaxValue;

    /// <summary>The time after which no further run begins, in minutes.</summary>
    [Parameter]
    [ValidateRange(0.001, 100_000)]
    public double MaximumMinutes { get; set; } = 100_000;

    /// <summary>The most runs; a fifth of all combinations by default.</summary>
    [Parameter]
    [ValidateRange(1, Limits.Steps)]
    public int MaximumRuns { get; set; }

    /// <summary>Measured steps of each run.</summary>
    [Parameter]
    [ValidateRange(1, Limits.Steps)]
    public int Steps { get; set; } = 40;

    /// <summary>Steps before the clock starts.</summary>
    [Parameter]
    [ValidateRange(0, Limits.Steps)]
    public int WarmupSteps { get; set; } = 5;

    /// <summary>How often each configuration is measured; the median counts.</summary>
    [Parameter]
    [ValidateRange(1, Limits.Repetitions)]
    public int Repeat { get; set; } = 1;

    private static int[] Threads =>
        [.. Enumerable.Range(0, 5).Select(power => 1 << power).Where(count => count <= Math.Max(2, Environment.ProcessorCount))];

    /// <inheritdoc/>
    public void Dispose()
    {
        _runner?.Dispose();
        _share?.Dispose();
        _stop.Dispose();
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var device = Device ?? Do(DeviceFactory.Default).ToString();
        var pictures = PictureFiles.ResolveAll(SessionState.Path, Path, Fail);
        var space = Do(() => CreateSpace(device));
        var search = new PipelineSearch(space, MaximumRuns > 0 ? MaximumRuns : null);
        if (search.OpenCount == 0)
        {
            Fail(NothingFits(space));
        }

        _share = new SweepShare();
        _runner = new SweepRunner(this, _share, _stop.Token)
        {
            Throughput = new ThroughputOptions { WarmupSteps = WarmupSteps, Steps = Steps, VerifySteps = 0 },
            Repetition = new RepetitionOptions { Repeat = Repeat },
            Result = _tried.Add,
        };
        var clock = Stopwatch.StartNew();
        var progress = new SweepProgress(this, Math.Min(search.MaximumRuns, space.ProductCount));
        try
        {
            var stop = search.Run(
                candidate => Try(candidate, device, pictures, progress), () => clock.Elapsed.TotalMinutes > MaximumMinutes);
            WriteObject(Describe(search, space, stop, clock.Elapsed));
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
        finally
        {
            progress.Complete();
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    private SearchSpace CreateSpace(string device)
    {
        var devices = ParseDevices([device]);
        var model = new SegmentationModelOptions { Model = Model, ClassCount = ClassCount, ImageSize = ImageSize, Precision = Precision, OutputKind = OutputKind };
        var largest = devices[0].Kind == DeviceKind.Cpu ? 8 : 64;
        return new SearchSpace
        {
            BatchSizes = BatchSize.Length > 0 ? BatchSize : [.. Enumerable.Range(0, 7).Select(power => 1 << power).Where(size => size <= largest)],
            WorkerCounts = WorkerCount,
            LoaderCounts = LoaderCount,
            BufferCounts = EgressStrategy.Parse(Strategy).UsesPool ? BufferCount : [2],
            InputBytes = model.InputSpec.Bytes,
            OutputBytes = EgressStrategy.Parse(Strategy).UsesPool ? model.OutputSpec.Bytes : 0,
            LaneCount = devices.Count,
            MaximumHostBytes = MaximumHostMemory,
            MaximumDeviceBytes = MaximumDeviceMemory,
        };
    }

    private TrialOutcome Try(PipelineCandidate candidate, string device, IReadOnlyList<string> pictures, SweepProgress progress)
    {
        var entry = new SegmentationSettings
        {
            Device = device,
            Model = Model,
            Precision = Precision,
            OutputKind = OutputKind,
            ClassCount = ClassCount,
            ImageSize = ImageSize,
            BatchSize = candidate.BatchSize,
            WorkerCount = candidate.WorkerCount,
            LoaderCount = candidate.LoaderCount,
            BufferCount = candidate.BufferCount,
            Strategy = Strategy,
        }.ToEntry(this, AllowNativeCode, pictures);
        var result = _runner!.Try(entry, progress);
        WriteVerbose(string.Create(
            CultureInfo.InvariantCulture,
            $"Run {_tried.Count}: {result.ImagesPerSecond:0.##} images/s with {candidate.BatchSize} a batch, {candidate.WorkerCount} workers, {candidate.LoaderCount} loaders, {candidate.BufferCount} buffers. {result.Error}"));
        if (result.ErrorId is not (null or EgressErrorId.DeviceMemoryExhausted or EgressErrorId.HostMemoryExhausted))
        {
            // Another number of threads changes nothing about a model that does not load.
            Fail(new EgressException(result.ErrorId, EgressErrorCategory.InvalidOperation, result.Error!, result.Advice!, entry.Description.ToString()));
        }

        return new TrialOutcome(result.ImagesPerSecond, result.Limits, result.DeviceMemoryBytes, result.ErrorId);
    }

    private PipelineOptimum Describe(PipelineSearch search, SearchSpace space, string stop, TimeSpan duration)
    {
        if (search.Best is not { } best)
        {
            Fail(NothingFits(space));
            throw new InvalidOperationException();
        }

        var result = _tried.First(tried => tried.StepsPerSecond is not null && tried.BatchSize == best.BatchSize && tried.WorkerCount == best.WorkerCount
            && tried.LoaderCount == best.LoaderCount && (tried.BufferCount == best.BufferCount || tried.BufferCount == 0));
        return new PipelineOptimum
        {
            Strategy = result.Strategy,
            Model = result.Model,
            Device = result.Device,
            Precision = result.Precision,
            OutputKind = result.OutputKind,
            ImageSize = result.ImageSize,
            ClassCount = result.ClassCount,
            BatchSize = best.BatchSize,
            WorkerCount = best.WorkerCount,
            LoaderCount = best.LoaderCount,
            BufferCount = result.BufferCount,
            ImagesPerSecond = result.ImagesPerSecond!.Value,
            StepsPerSecond = result.StepsPerSecond!.Value,
            LimitedBy = result.LimitedBy,
            Efficiency = result.Efficiency,
            HostMemoryBytes = result.HostMemoryBytes,
            DeviceMemoryBytes = result.DeviceMemoryBytes,
            Runs = search.Runs,
            ProductCount = space.ProductCount,
            StoppedBy = stop,
            Duration = duration,
            Tried = _tried,
        };
    }

    private EgressException NothingFits(SearchSpace space) => new(
        EgressErrorId.NothingMeasured,
        EgressErrorCategory.ResourceUnavailable,
        _tried.LastOrDefault(result => result.Error is not null)?.Error
            ?? $"None of the {space.ProductCount} configurations fits into {MaximumHostMemory} bytes of host memory.",
        "Allow more with -MaximumHostMemory or -MaximumDeviceMemory, or offer smaller values with -BatchSize and -BufferCount.",
        Model);
}

using System.Management.Automation;
using Egress.Buffers;
using Egress.Cmdlets.Completion;
using Egress.Cmdlets.Support;
using Egress.Devices;
using Egress.Measurement;
using Egress.Models;
using Egress.Models.Programs;
using Egress.Output;
using Egress.Pipeline;
using Egress.Runtime;
using Egress.Segmentation;

namespace Egress.Cmdlets.Commands;

/// <summary>
/// <para>Runs a segmentation model over pictures and writes one output a picture. Work starts as paths arrive; results stream in
/// input order as outputs are committed.</para>
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "SegmentationBatch", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(SegmentationResult))]
public sealed partial class InvokeSegmentationBatchCommand : EgressCommand, IDisposable
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string SyntheticSet = "Synthetic";

    private readonly CancellationTokenSource _stop = new();
    private SegmentationOptions _options = new();
    private IReadOnlyList<DeviceSpec> _devices = [];
    private SegmentationLanes? _lanes;
    private SegmentationRun? _run;
    private ProgramFile? _program;
    private TimelineTrace? _trace;
    private RunProgress? _progress;
    private long _submitted;
    private long _taken;

    /// <summary>Picture files; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Picture files, the names taken as they are.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Number of random pictures to use instead of files.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SyntheticSet)]
    [ValidateRange(1, long.MaxValue)]
    public long Synthetic { get; set; }

    /// <summary>The name of a built-in network, or a file with a whole program: TorchScript (.pt) or a compiled package (.pt2).</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ModelCompleter))]
    [ValidateNotNullOrEmpty]
    public string Model { get; set; } = BuiltInModels.Default;

    /// <summary>Which of a program's outputs holds the scores: a key of its dictionary, or a place in its tuple.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutputName { get; set; }

    /// <summary>Lets the native code of a compiled package run without asking.</summary>
    [Parameter]
    public SwitchParameter AllowNativeCode { get; set; }

    /// <summary>A safetensors file with the network's parameters; without it they are random.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Weights { get; set; }

    /// <summary>Seed of the random parameters.</summary>
    [Parameter]
    public long Seed { get; set; }

    /// <summary>Number of classes that the network tells apart.</summary>
    [Parameter]
    [ValidateRange(1, 32767)]
    public int ClassCount { get; set; } = 21;

    /// <summary>Side of the square that pictures are resized to for the network, in pixels.</summary>
    [Parameter]
    [ValidateRange(16, 16384)]
    public int ImageSize { get; set; } = 512;

    /// <summary>Pictures computed together.</summary>
    [Parameter]
    [ValidateRange(1, 65536)]
    public int BatchSize { get; set; }

    /// <summary>The precision that the network computes in.</summary>
    [Parameter]
    public ModelPrecision Precision { get; set; } = ModelPrecision.Float32;

    /// <summary>Where to compute: cpu, cuda, cuda:N, several GPUs, or simulated.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Device { get; set; } = [];

    /// <summary>The design that moves outputs off the device.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(StrategyCompleter))]
    [ValidateNotNullOrEmpty]
    public string Strategy { get; set; } = EgressStrategy.Pipelined.Name;

    /// <summary>Threads that process outputs.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int WorkerCount { get; set; } = SegmentationOptions.DefaultWorkerCount;

    /// <summary>Output buffers in the run's own pool.</summary>
    [Parameter]
    [ValidateRange(1, 4096)]
    public int BufferCount { get; set; }

    /// <summary>A pool from New-PinnedBufferPool, instead of one of the run's own.</summary>
    [Parameter]
    [ValidateNotNull]
    public HostBufferPool? BufferPool { get; set; }

    /// <summary>Threads that read and decode pictures.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int LoaderCount { get; set; } = SegmentationOptions.DefaultLoaderCount;

    /// <summary>The folder for the outputs, which is made if it does not exist, or a place in an object store: s3://bucket/prefix.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>The most pixels that a picture may have.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    public long MaxPixels { get; set; } = SegmentationOptions.DefaultMaxPixels;

    /// <summary>A file for the timeline of the run's stages, which chrome://tracing and Perfetto open.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TracePath { get; set; }

    /// <summary>Replaces outputs that exist, which are otherwise kept and their pictures skipped; and asks nothing.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private bool WritesFiles => _options.WritesFiles;

    /// <inheritdoc/>
    public void Dispose()
    {
        EndStoppedWatch();
        _run?.Dispose();
        _trace?.Dispose();
        if (_run is not { IsAbandoned: true })
        {
            // A stage that is still in a call would find its model and device gone.
            _lanes?.Dispose();
        }

        _stop.Dispose();
    }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        BeginWatch();
        _devices = Device.Length > 0 ? Do(() => ParseDevices(Device)) : [Do(DeviceFactory.Default)];
        FindShard();
        _options = Do(BuildOptions);
        DescribeRun();
        ThrowIfArraysAreShared();
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == SyntheticSet)
        {
            SubmitSynthetic();
            return;
        }

        var literal = ParameterSetName == LiteralPathSet;
        foreach (var path in literal ? LiteralPath : Path)
        {
            foreach (var (file, error) in PictureFiles.Resolve(SessionState.Path, path, literal))
            {
                if (error is not null)
                {
                    SubmitFailed(file, error);
                }
                else if (IsOwn(file) && Allows(file))
                {
                    Submit(StartRun().PrepareFile(file));
                }
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_run is null)
        {
            EndWatch();
            return;
        }

        _progress!.Total = _submitted;
        _run.CompleteInput();
        while (!_run.IsCompleted)
        {
            TakeOne(100);
        }

        TakeOne(0);
        _progress.Complete();
        EndWatch();
    }

    /// <inheritdoc/>
    protected override void StopProcessing()
    {
        _stop.Cancel();
        _run?.Cancel();
    }

    private SegmentationOptions BuildOptions()
    {
        var model = new SegmentationModelOptions
        {
            Model = Model,
            WeightsPath = Weights is null ? null : FullPath(Weights),
            Seed = Seed,
            ClassCount = ClassCount,
            ImageSize = Bound(nameof(TileSize)) ? TileSize : ImageSize,
            Precision = Precision,
            OutputKind = OutputKind,
            OutputName = OutputName,
        };
        var batchSize = Bound(nameof(BatchSize)) ? BatchSize : BatchDefaults.BatchSize(_devices[0].Kind);
        _program = ModelFile.Complete(
            ref model, ref batchSize, FullPath, name => Bound(name == nameof(ImageSize) && TileSize > 0 ? nameof(TileSize) : name));

        var options = WithOutputs(new SegmentationOptions
        {
            Model = model,
            Pipeline = new PipelineOptions
            {
                Strategy = EgressStrategy.Parse(Strategy),
                BatchSize = batchSize,
                LoaderCount = LoaderCount,
                WorkerCount = WorkerCount,
                BufferPool = BufferPool,
                StallTimeout = StallLimit,
            },
            OutputFormat = Format(),
            Destination = Destination is null ? null : DestinationPath(Destination),
            Shard = _shard,
            Force = Force,
            Resume = Resume,
            MaxPixels = MaxPixels,
        });
        options = options with { Pipeline = options.Pipeline with { BufferCount = Buffers(options.DeviceModel, batchSize) } };
        options.Validate();
        return options;
    }

    private int Buffers(SegmentationModelOptions model, int batchSize) => Bound(nameof(BufferCount))
        ? BufferCount
        : SegmentationOptions.DefaultBufferCount(WorkerCount, batchSize, model.OutputSpec.Bytes * batchSize);

    private bool Bound(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    private bool Allows(string file) => !WritesFiles || ShouldProcess(file, $"Segment into '{_options.Destination}'");

    private void SubmitSynthetic()
    {
        if (WritesFiles && !ShouldProcess($"{Synthetic} synthetic pictures", $"Segment into '{_options.Destination}'"))
        {
            return;
        }

        StartRun();
        _progress!.Total = Synthetic;
        for (long index = 0; index < Synthetic; index++)
        {
            if (!IsOwn(SegmentationItem.SyntheticName(index)))
            {
                continue;
            }

            Submit(_run!.PrepareSynthetic(index));
        }
    }

    /// <summary>Opens the devices and starts the run, with the first picture that is really to be computed.</summary>
    private SegmentationRun StartRun()
    {
        if (_run is null)
        {
            WriteVerbose($"{Model} on {string.Join(", ", _devices)}, {_options.Pipeline.Strategy}, batches of {_options.Pipeline.BatchSize}, "
                + $"{_options.Pipeline.LoaderCount} loaders, {_options.Pipeline.WorkerCount} workers, "
                + $"{_options.Pipeline.BufferPool?.Count ?? _options.Pipeline.BufferCount} buffers.");
            _lanes = Do(() =>
            {
                if (_program is not null)
                {
                    ThrowUnlessAllowed(_program, AllowNativeCode || Force);
                }

                return SegmentationLanes.Open(_options.DeviceModel, _devices, BackendLoader.Load);
            });
            _options = _options with { Model = _lanes.Model with { OutputKind = OutputKind }, Pipeline = _options.Pipeline with { BufferCount = Buffers(_lanes.Model, _options.Pipeline.BatchSize) } };
            _trace = TracePath is null ? null : Do(() => new TimelineTrace(FullPath(TracePath)));
            _run = Do(() => new SegmentationRun(_options, _lanes, BackendLoader.Load, PipelineObservers.Combine(_trace, _watch?.Observer)));
            _watch?.Ready(_run.HostMemoryBytes);
            _progress = new RunProgress(this, "Segmenting pictures", "pictures");
            if (_stop.IsCancellationRequested)
            {
                _run.Cancel();
            }
        }

        return _run;
    }

    /// <summary>An input that is no file has its turn among the others, or its error at once where nothing runs yet.</summary>
    private void SubmitFailed(string path, EgressException error)
    {
        if (_run is null)
        {
            _watch?.Failed(path, error);
            WriteError(ErrorRecords.From(error));
        }
        else
        {
            Submit(SegmentationRun.PrepareFailed(path, error));
        }
    }

    private void Submit(SegmentationRun.Offer offer)
    {
        while (!_run!.TrySubmit(offer))
        {
            TakeOne(20);
        }

        _submitted++;
        while (TakeOne(0))
        {
        }
    }

    private bool TakeOne(int milliseconds)
    {
        try
        {
            WarnOfStalls();
            if (!_run!.TryTake(out var outcome, milliseconds))
            {
                _progress!.Report(_taken);
                return false;
            }

            // First of all: whatever is written may end this command, and the output is committed.
            Watch(outcome);
            _taken++;
            _progress!.Report(_taken);
            if (outcome.Error is { } itemError)
            {
                WriteError(ErrorRecords.From(itemError));
            }
            else
            {
                WriteObject(outcome.Result);
            }

            return true;
        }
        catch (EgressException fault)
        {
            _progress!.Complete();
            Fail(fault);
            throw;
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }
}

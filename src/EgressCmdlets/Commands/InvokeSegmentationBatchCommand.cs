using System.Management.Automation;
using Egress.Backend;
using Egress.Cmdlets.Completion;
using Egress.Cmdlets.Support;
using Egress.Input;
using Egress.Models;
using Egress.Models.Programs;
using Egress.Operations;
using Egress.Pipeline;
using Egress.Segmentation;

namespace Egress.Cmdlets.Commands;

/// <summary>
/// <para>Runs a segmentation model over pictures and writes one output a picture. Work starts as paths arrive; results stream in
/// input order as outputs are committed.</para>
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "SegmentationBatch", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(SegmentationResult))]
public sealed partial class InvokeSegmentationBatchCommand : RunCommand
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string SyntheticSet = "Synthetic";

    private SegmentationOptions _options = new();
    private SegmentationLanes? _lanes;
    private SegmentationRun? _run;
    private ProgramFile? _program;

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

    /// <summary>Number of classes that the network tells apart.</summary>
    [Parameter]
    [ValidateRange(1, Limits.Classes)]
    public int ClassCount { get; set; } = SegmentationModelOptions.DefaultClassCount;

    /// <summary>Side of the square that pictures are resized to for the network, in pixels.</summary>
    [Parameter]
    [ValidateRange(Limits.ShortestSide, Limits.LongestSide)]
    public int ImageSize { get; set; } = SegmentationModelOptions.DefaultImageSize;

    /// <summary>The precision that the network computes in.</summary>
    [Parameter]
    public ModelPrecision Precision { get; set; } = ModelPrecision.Float32;

    /// <summary>The folder for the outputs, which is made if it does not exist, or a place in an object store: s3://bucket/prefix.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    private bool WritesFiles => _options.WritesFiles;

    private protected override string WatchedModel => Model;

    private protected override string ItemName => "pictures";

    private protected override bool IsRunAbandoned => _run is { IsAbandoned: true };

    private protected override bool IsRunning => _run is { IsCompleted: false };

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        BeginRun();
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
                else if (IsOwn(System.IO.Path.GetFileNameWithoutExtension(file)) && Allows(file))
                {
                    Submit(StartRun().PrepareFile(file));
                }
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => FinishRun(() =>
    {
        _run!.CompleteInput();
        return true;
    });

    private protected override void CancelRun() => _run?.Cancel();

    private protected override bool WatchOne(int milliseconds, out TakenOutcome taken)
    {
        taken = default;
        if (!_run!.TryTake(out var outcome, milliseconds))
        {
            return false;
        }

        if (outcome.Error is { } error)
        {
            Watch?.Failed(outcome.Item.Name, error);
        }
        else
        {
            Watch?.Done(outcome.Result!);
        }

        taken = new TakenOutcome(1, outcome.Result, outcome.Error);
        return true;
    }

    private protected override bool TryTakeStall(out StageStall? stall)
    {
        stall = null;
        return _run?.TryTakeStall(out stall) ?? false;
    }

    private protected override void DisposeRun() => _run?.Dispose();

    private protected override void DisposeModel() => _lanes?.Dispose();

    private protected override string? WatchedDestination()
    {
        try
        {
            return Destination is null ? null : DestinationPath(Destination);
        }
        catch (EgressException)
        {
            return null;
        }
    }

    private void DescribeRun() => Watch?.Describe(new RunDescription
    {
        Device = string.Join(',', Devices),
        Strategy = _options.Pipeline.Strategy.Name,
        BatchSize = _options.Pipeline.BatchSize,
        OutputKind = _options.Model.OutputKind.ToString(),
        OutputFormat = _options.OutputFormat.ToString(),
        Shard = Shard,
    });

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
        var batchSize = Bound(nameof(BatchSize)) ? BatchSize : BatchDefaults.BatchSize(Devices[0].Kind);
        _program = ModelFile.Complete(
            ref model, ref batchSize, FullPath, name => Bound(name == nameof(ImageSize) && TileSize > 0 ? nameof(TileSize) : name));

        var options = WithOutputs(new SegmentationOptions
        {
            Model = model,
            Pipeline = PipelineSettings(batchSize),
            OutputFormat = Format(),
            Destination = Destination is null ? null : DestinationPath(Destination),
            Shard = Shard,
            Force = Force,
            Resume = Resume,
            MaxPixels = MaxPixels,
        });
        options = options with { Pipeline = options.Pipeline with { BufferCount = Buffers(batchSize, options.DeviceModel.OutputSpec.Bytes) } };
        options.Validate();
        return options;
    }

    private bool Allows(string file) => !WritesFiles || ShouldProcess(file, $"Segment into '{_options.Destination}'");

    private void SubmitSynthetic()
    {
        if (WritesFiles && !ShouldProcess($"{Synthetic} synthetic pictures", $"Segment into '{_options.Destination}'"))
        {
            return;
        }

        StartRun();
        Expect(Synthetic);
        for (long index = 0; index < Synthetic; index++)
        {
            if (!IsOwn(SyntheticName.Of(index)))
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
            WriteVerbose($"{Model} on {string.Join(", ", Devices)}, {_options.Pipeline.Strategy}, batches of {_options.Pipeline.BatchSize}, "
                + $"{_options.Pipeline.LoaderCount} loaders, {_options.Pipeline.WorkerCount} workers, "
                + $"{_options.Pipeline.BufferPool?.Count ?? _options.Pipeline.BufferCount} buffers.");
            _lanes = Do(() =>
            {
                if (_program is not null)
                {
                    ThrowUnlessAllowed(_program, AllowNativeCode || Force);
                }

                return SegmentationLanes.Open(_options.DeviceModel, Devices, BackendLoader.Load);
            });
            _options = Do(() => _options with { Model = _lanes.Model with { OutputKind = OutputKind }, Pipeline = _options.Pipeline with { BufferCount = Buffers(_options.Pipeline.BatchSize, _lanes.Model.OutputSpec.Bytes) } });
            var observer = CreateObserver();
            _run = Do(() => new SegmentationRun(_options, _lanes, BackendLoader.Load, observer));
            RunBegun(_run.HostMemoryBytes, "Segmenting pictures");
        }

        return _run;
    }

    /// <summary>An input that is no file has its turn among the others, or its error at once where nothing runs yet.</summary>
    private void SubmitFailed(string path, EgressException error)
    {
        if (_run is null)
        {
            Watch?.Failed(path, error);
            WriteError(ErrorRecords.From(error));
        }
        else
        {
            Submit(SegmentationRun.PrepareFailed(path, error));
        }
    }

    private void Submit(SegmentationRun.Offer offer) => Submit(() => _run!.TrySubmit(offer));
}

using System.Management.Automation;
using Egress.Buffers;
using Egress.Cmdlets.Completion;
using Egress.Cmdlets.Support;
using Egress.Devices;
using Egress.Input;
using Egress.Measurement;
using Egress.Measurement.Sweeps;
using Egress.Models;
using Egress.Pipeline;
using Egress.Segmentation;

namespace Egress.Cmdlets.Commands;

/// <summary>
/// <para>Measures throughput: every configuration of the product of the given lists, for each record of the pipeline. One object a
/// configuration, as it is measured; one that cannot run has its error as its result, and the others go on.</para>
/// </summary>
[Cmdlet(VerbsDiagnostic.Measure, "EgressThroughput")]
[OutputType(typeof(ThroughputResult))]
public sealed partial class MeasureEgressThroughputCommand : EgressCommand, IDisposable
{
    private const string SegmentationWorkloadName = "Segmentation";

    private readonly CancellationTokenSource _stop = new();
    private readonly List<SweepEntry> _entries = [];
    private readonly List<ThroughputResult> _results = [];
    private List<string> _pictures = [];
    private SweepFile? _file;
    private SweepShare? _share;
    private SweepRunner? _runner;
    private SweepReport? _report;

    /// <summary>What is measured: pictures through a segmentation network, or sequences through an encoder.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateSet(SegmentationWorkloadName, EmbeddingConfiguration.Workload)]
    public string Workload { get; set; } = SegmentationWorkloadName;

    /// <summary>An object whose properties are settings of the parameters' names: a row of a table, or a result.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    /// <summary>Designs to measure. Baseline comes first whatever the order, so that the others have their speed-up.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(StrategyCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Strategy { get; set; } = [EgressStrategy.Pipelined.Name];

    /// <summary>Pictures computed together.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, Limits.BatchSize)]
    public int[] BatchSize { get; set; } = [];

    /// <summary>Threads that process outputs.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, Limits.Threads)]
    public int[] WorkerCount { get; set; } = [SegmentationOptions.DefaultWorkerCount];

    /// <summary>Output buffers; 0, as a strategy without a pool reports it, means as many as by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, Limits.Buffers)]
    public int[] BufferCount { get; set; } = [0];

    /// <summary>Precisions that the network computes in.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public ModelPrecision[] Precision { get; set; } = [ModelPrecision.Float32];

    /// <summary>Devices, each measured on its own; 'cuda:0,cuda:1' as one text is a configuration with two.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(DeviceCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Device { get; set; } = [];

    /// <summary>What of the network's output leaves the device.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public OutputKind[] OutputKind { get; set; } = [Models.OutputKind.Logits];

    /// <summary>Networks: names of built-in ones, or files with whole programs; encoders also as a model's folder.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ModelCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Model { get; set; } = [BuiltInModels.Default];

    /// <summary>What of an encoder's last hidden states leaves the device; None, a vector a token, is the large output.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public VectorPooling[] Pooling { get; set; } = [VectorPooling.None];

    /// <summary>Tokens of each sequence; 0 for as many as the encoder takes.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, Limits.Tokens)]
    public int[] SequenceLength { get; set; } = [0];

    /// <summary>Number of classes that the network tells apart; 0 of a record, as results of encoders have it, means as many as by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateZeroOrRange(1, Limits.Classes)]
    public int[] ClassCount { get; set; } = [SegmentationModelOptions.DefaultClassCount];

    /// <summary>Side of the square that pictures are resized to, in pixels; 0 of a record, as results of encoders have it, means the default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateZeroOrRange(Limits.ShortestSide, Limits.LongestSide)]
    public int[] ImageSize { get; set; } = [SegmentationModelOptions.DefaultImageSize];

    /// <summary>Threads that load pictures.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, Limits.Threads)]
    public int[] LoaderCount { get; set; } = [SegmentationOptions.DefaultLoaderCount];

    /// <summary>A safetensors file with the network's parameters; without it, as an empty cell of a table says, they are random.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? Weights { get; set; }

    /// <summary>Which of a program's outputs holds the scores: a key of its dictionary, or a place in its tuple.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutputName { get; set; }

    /// <summary>Lets the native code of compiled packages run without asking.</summary>
    [Parameter]
    public SwitchParameter AllowNativeCode { get; set; }

    /// <summary>Asks nothing.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Seed of the random parameters.</summary>
    [Parameter]
    public long Seed { get; set; }

    /// <summary>Picture files to load over and over, instead of synthetic ones; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>A pool from New-PinnedBufferPool, instead of one a configuration.</summary>
    [Parameter]
    [ValidateNotNull]
    public HostBufferPool? BufferPool { get; set; }

    /// <summary>Steps before the clock starts.</summary>
    [Parameter]
    [ValidateRange(0, Limits.Steps)]
    public int WarmupSteps { get; set; } = 10;

    /// <summary>Steps that are measured.</summary>
    [Parameter]
    [ValidateRange(1, Limits.Steps)]
    public int Steps { get; set; } = 100;

    /// <summary>Steps after the clock stops.</summary>
    [Parameter]
    [ValidateRange(0, Limits.Steps)]
    public int CooldownSteps { get; set; } = 1;

    /// <summary>How often each configuration is measured: its throughput is the median, with a 95 % confidence interval.</summary>
    [Parameter]
    [ValidateRange(1, Limits.Repetitions)]
    public int Repeat { get; set; } = 1;

    /// <summary>
    /// Repeats each configuration, at least three times or -Repeat, until half the width of the confidence interval is within
    /// -Tolerance of the median, or -MaximumRepeat is met.
    /// </summary>
    [Parameter]
    public SwitchParameter UntilStable { get; set; }

    /// <summary>The share of the median that half the confidence interval may be; a result with more noise says so.</summary>
    [Parameter]
    [ValidateRange(0.0001, 1.0)]
    public double Tolerance { get; set; } = 0.05;

    /// <summary>The most repetitions of -UntilStable.</summary>
    [Parameter]
    [ValidateRange(2, Limits.Repetitions)]
    public int MaximumRepeat { get; set; } = 20;

    /// <summary>
    /// Loads each picture once for the whole sweep and copies it from memory from then on: what is measured is everything but the
    /// decoding.
    /// </summary>
    [Parameter]
    public SwitchParameter CacheInput { get; set; }

    /// <summary>
    /// A table that takes each result as it is measured. Configurations that it holds already are not measured again, except those
    /// that failed; so the same command goes on where it was stopped.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Resume { get; set; }

    /// <summary>Leaves out the measurement of what each part manages alone, and with it efficiency and advice.</summary>
    [Parameter]
    public SwitchParameter NoLimit { get; set; }

    /// <summary>An HTML file that gets a report of the sweep: charts, tables and the environment.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ReportPath { get; set; }

    /// <summary>A folder for the report's charts as SVG and PNG, or a file that ends in .svg or .png, whose name each chart extends.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PlotPath { get; set; }

    /// <summary>
    /// Steps that the report's timelines show, of the slowest strategy; each configuration runs them once more after its measurement. 0:
    /// no timelines.
    /// </summary>
    [Parameter]
    [ValidateRange(0, 100)]
    public int TimelineSteps { get; set; } = 3;

    /// <inheritdoc/>
    public void Dispose()
    {
        _runner?.Dispose();
        _share?.Dispose();
        _file?.Dispose();
        _stop.Dispose();
    }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        LearnNames();
        _pictures = PictureFiles.ResolveAll(SessionState.Path, Path, Fail);
        _report = Do(() => SweepReport.Create(this, OptionalPath(ReportPath), OptionalPath(PlotPath), TimelineSteps));
        if (Resume is not null)
        {
            _file = Do(() => new SweepFile(FullPath(Resume)));
            WriteVerbose($"'{_file.Path}' holds {_file.Count} measured configurations.");
        }
    }

    /// <summary>Collects: what can be shared, and how far the sweep has got, is known once all is there.</summary>
    protected override void ProcessRecord()
    {
        try
        {
            var record = ReadRecord();
            RequireUsefulNames();
            AddEntries(record);
        }
        catch (EgressException error) when (MyInvocation.ExpectingInput)
        {
            // One row of a table; the others are measured.
            WriteError(ErrorRecords.From(error));
        }
        catch (EgressException error)
        {
            Fail(error);
        }
    }

    private void AddEntries(SweepRecord? record)
    {
        // Outermost what is dear to change: the model and its device stay as long as they can.
        var devices = Device.Length > 0 ? Device : [Do(DeviceFactory.Default).ToString()];
        var strategies = Strategy.OrderBy(strategy => !strategy.Equals(EgressStrategy.Baseline.Name, StringComparison.OrdinalIgnoreCase)).ToList();
        _entries.AddRange(IsEmbedding
            ? EmbeddingEntries(devices, strategies, !IsBound(nameof(Pooling)) && record?.ReadPooling() is { } pooling ? [pooling] : Pooling)
            : SegmentationEntries(devices, strategies));
    }

    private IEnumerable<SweepEntry> SegmentationEntries(IReadOnlyList<string> devices, IReadOnlyList<string> strategies) =>
        from device in devices
        from model in Model
        from precision in Precision
        from outputKind in OutputKind
        from classCount in ClassCount
        from imageSize in ImageSize
        from batchSize in BatchSize.Length > 0 ? BatchSize : [0]
        from workers in WorkerCount
        from loaders in LoaderCount
        from buffers in BufferCount
        from strategy in strategies
        select new SegmentationSettings
        {
            Device = device,
            Model = model,
            Precision = precision,
            OutputKind = outputKind,
            ClassCount = classCount,
            ImageSize = imageSize,
            BatchSize = batchSize,
            WorkerCount = workers,
            LoaderCount = loaders,
            BufferCount = buffers,
            Strategy = strategy,
            Weights = Weights,
            OutputName = OutputName,
            Seed = Seed,
            BufferPool = BufferPool,
            IsNamed = _named.Contains,
        }.ToEntry(this, AllowNativeCode || Force, _pictures);

    private IEnumerable<SweepEntry> EmbeddingEntries(
        IReadOnlyList<string> devices, IReadOnlyList<string> strategies, IReadOnlyList<VectorPooling> poolings) =>
        from device in devices
        from model in IsBound(nameof(Model)) ? Model : [BuiltInEncoders.Default]
        from precision in Precision
        from pooling in poolings
        from length in SequenceLength
        from imageSize in IsBound(nameof(ImageSize)) ? ImageSize : [0]
        from batchSize in BatchSize.Length > 0 ? BatchSize : [0]
        from workers in WorkerCount
        from loaders in LoaderCount
        from buffers in BufferCount
        from strategy in strategies
        select new EmbeddingSettings
        {
            Device = device,
            Model = model,
            Precision = precision,
            Pooling = pooling,
            SequenceLength = length,
            ImageSize = imageSize,
            BatchSize = batchSize,
            WorkerCount = workers,
            LoaderCount = loaders,
            BufferCount = buffers,
            Strategy = strategy,
            Weights = Weights,
            OutputName = OutputName,
            Seed = Seed,
            BufferPool = BufferPool,
            IsNamed = _named.Contains,
        }.ToEntry(this, AllowNativeCode || Force);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        _share = new SweepShare { Inputs = CacheInput ? new KeptInputs() : null };
        _runner = new SweepRunner(this, _share, _stop.Token)
        {
            Throughput = new ThroughputOptions
            {
                WarmupSteps = WarmupSteps,
                Steps = Steps,
                CooldownSteps = CooldownSteps,
                MeasureLimits = !NoLimit,
            },
            Repetition = new RepetitionOptions
            {
                Repeat = Repeat,
                UntilStable = UntilStable,
                Tolerance = Tolerance,
                MaximumRepeat = MaximumRepeat,
            },
            File = _file,
            Result = Hand,
            Measured = Record,
        };
        try
        {
            _runner.Run(_entries);
        }
        catch (EgressException error)
        {
            // What was measured until then is reported all the same.
            _report?.Write(_results, ReportCall.DefaultTitle);
            Fail(error);
        }

        _report?.Write(_results, ReportCall.DefaultTitle);
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    private void Hand(ThroughputResult result)
    {
        _results.Add(result);
        WriteObject(result);
    }

    private void Record(ThroughputResult result, IMeasuredConfiguration configuration) => _report?.Record(
        result, (observer, steps) => _runner!.Sweep.Observe(configuration, observer, steps, _stop.Token));
}

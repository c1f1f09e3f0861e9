using System.Management.Automation;
using Egress.Buffers;
using Egress.Cmdlets.Completion;
using Egress.Cmdlets.Support;
using Egress.Devices;
using Egress.Measurement;
using Egress.Models;
using Egress.Pipeline;
using Egress.Runtime;
using Egress.Segmentation;

namespace Egress.Cmdlets.Commands;

/// <summary>
/// <para>Measures throughput: every configuration of the product of the given lists, or of each record of the pipeline. One object a
/// configuration, as it is measured; a configuration that cannot run is an error, and the others go on.</para>
/// </summary>
[Cmdlet(VerbsDiagnostic.Measure, "EgressThroughput")]
[OutputType(typeof(ThroughputResult))]
public sealed class MeasureEgressThroughputCommand : EgressCommand, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private ConfigurationSweep? _sweep;

    /// <summary>Designs to measure. Baseline comes first whatever the order, so that the others have their speed-up.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(StrategyCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Strategy { get; set; } = [EgressStrategy.Pipelined.Name];

    /// <summary>Pictures computed together.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 65536)]
    public int[] BatchSize { get; set; } = [];

    /// <summary>Threads that process outputs.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 1024)]
    public int[] WorkerCount { get; set; } = [SegmentationOptions.DefaultWorkerCount];

    /// <summary>Output buffers; 0, as a strategy without a pool reports it, means as many as by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, 4096)]
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

    /// <summary>Networks: names of built-in ones, or files with whole programs.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ModelCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Model { get; set; } = [BuiltInModels.Default];

    /// <summary>Number of classes that the network tells apart.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 32767)]
    public int ClassCount { get; set; } = 21;

    /// <summary>Side of the square that pictures are resized to, in pixels.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(16, 16384)]
    public int ImageSize { get; set; } = 512;

    /// <summary>Threads that load pictures.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 1024)]
    public int LoaderCount { get; set; } = SegmentationOptions.DefaultLoaderCount;

    /// <summary>A safetensors file with the network's parameters; without it they are random.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
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
    [ValidateRange(0, 1_000_000)]
    public int WarmupSteps { get; set; } = 10;

    /// <summary>Steps that are measured.</summary>
    [Parameter]
    [ValidateRange(1, 1_000_000)]
    public int Steps { get; set; } = 100;

    /// <summary>Steps after the clock stops.</summary>
    [Parameter]
    [ValidateRange(0, 1_000_000)]
    public int CooldownSteps { get; set; } = 1;

    /// <summary>How often each configuration is measured; its object is the repetition with the median throughput.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int Repeat { get; set; } = 1;

    /// <summary>Leaves out the measurement of what each part manages alone.</summary>
    [Parameter]
    public SwitchParameter NoLimit { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sweep?.Dispose();
        _stop.Dispose();
    }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _sweep = new ConfigurationSweep();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var pictures = ResolvePictures();
        var throughput = new ThroughputOptions
        {
            WarmupSteps = WarmupSteps,
            Steps = Steps,
            CooldownSteps = CooldownSteps,
            MeasureLimits = !NoLimit,
        };

        // Outermost what is dear to change: the model and its device stay as long as they can.
        var devices = Device.Length > 0 ? Device : [Do(DeviceFactory.Default).ToString()];
        var strategies = ParseStrategies().OrderBy(strategy => strategy != EgressStrategy.Baseline).ToList();
        var configurations =
            from device in devices
            from model in Model
            from precision in Precision
            from outputKind in OutputKind
            from batchSize in BatchSize.Length > 0 ? BatchSize : [0]
            from workers in WorkerCount
            from buffers in BufferCount
            from strategy in strategies
            select new Configuration(device, model, precision, outputKind, batchSize, workers, buffers, strategy);
        foreach (var configuration in configurations)
        {
            Measure(configuration, throughput, pictures);
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>The strategies; a name that is none is an error of its own, so that a table with one such row is measured on.</summary>
    private List<EgressStrategy> ParseStrategies()
    {
        var strategies = new List<EgressStrategy>();
        foreach (var name in Strategy)
        {
            try
            {
                strategies.Add(EgressStrategy.Parse(name));
            }
            catch (EgressException error)
            {
                WriteError(ErrorRecords.From(error));
            }
        }

        return strategies;
    }

    private List<string> ResolvePictures()
    {
        var pictures = new List<string>();
        foreach (var (file, error) in Path.SelectMany(path => PictureFiles.Resolve(SessionState.Path, path, literal: false)))
        {
            if (error is not null)
            {
                Fail(error);
            }

            pictures.Add(file);
        }

        return pictures;
    }

    private void Measure(Configuration configuration, ThroughputOptions throughput, List<string> pictures)
    {
        WriteVerbose($"Measuring {configuration}.");
        var progress = new RunProgress(this, $"Measuring {configuration.Strategy} on {configuration.Device}", "steps") { Total = throughput.TotalSteps };
        try
        {
            var devices = ParseDevices([configuration.Device]);
            WriteObject(_sweep!.Measure(
                new SegmentationConfiguration(Options(configuration, devices[0].Kind), devices, pictures, BackendLoader.Load),
                throughput, new RepetitionOptions { Repeat = Repeat }, (_, done) => progress.Report(done), _stop.Token));
        }
        catch (EgressException error)
        {
            WriteError(ErrorRecords.From(new EgressException(
                error.ErrorId, error.Category, $"{configuration}: {error.Message}", error.Advice, configuration.ToString(), error)));
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

    private SegmentationOptions Options(Configuration configuration, DeviceKind device)
    {
        var model = new SegmentationModelOptions
        {
            Model = configuration.Model,
            WeightsPath = Weights is null ? null : FullPath(Weights),
            Seed = Seed,
            ClassCount = ClassCount,
            ImageSize = ImageSize,
            Precision = configuration.Precision,
            OutputKind = configuration.OutputKind,
            OutputName = OutputName,
        };
        var batchSize = configuration.BatchSize > 0 ? configuration.BatchSize : BatchDefaults.BatchSize(device);
        if (ModelFile.Find(configuration.Model, FullPath) is { } program)
        {
            ThrowUnlessAllowed(program, AllowNativeCode || Force);
            model = ModelFile.Apply(program, model, ref batchSize, MyInvocation.BoundParameters.ContainsKey);
        }

        return new SegmentationOptions
        {
            Model = model,
            Pipeline = new PipelineOptions
            {
                Strategy = configuration.Strategy,
                BatchSize = batchSize,
                LoaderCount = LoaderCount,
                WorkerCount = configuration.WorkerCount,
                BufferCount = configuration.BufferCount > 0
                    ? configuration.BufferCount
                    : SegmentationOptions.DefaultBufferCount(configuration.WorkerCount, batchSize, model.OutputSpec.Bytes * batchSize),
                BufferPool = BufferPool,
            },
        };
    }

    private sealed record Configuration(
        string Device, string Model, ModelPrecision Precision, OutputKind OutputKind, int BatchSize, int WorkerCount, int BufferCount,
        EgressStrategy Strategy)
    {
        public override string ToString() =>
            $"{Strategy}, {Model}, {Precision}, {OutputKind} on {Device}"
            + (BatchSize > 0 ? $", batches of {BatchSize}" : "")
            + $", {WorkerCount} workers"
            + (BufferCount > 0 ? $", {BufferCount} buffers" : "");
    }
}

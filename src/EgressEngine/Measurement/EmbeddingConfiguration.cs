using Egress.Backend;
using Egress.Devices;
using Egress.Embedding;
using Egress.Measurement.Sweeps;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Measurement;

/// <summary>A configuration of embedding.</summary>
/// <param name="options">The configuration; nothing is stored, whatever its destination.</param>
/// <param name="devices">Its devices.</param>
/// <param name="backend">Gives the backend; asked only where it is needed.</param>
public sealed class EmbeddingConfiguration(EmbeddingOptions options, IReadOnlyList<DeviceSpec> devices, Func<IBackend> backend) : IMeasuredConfiguration
{
    private const string Tokens = "Tokens";

    private readonly EmbeddingOptions _options = options;

    /// <summary>The workload's name in results.</summary>
    public const string Workload = "Embedding";

    /// <inheritdoc/>
    public ThroughputConfiguration Description { get; private set; } = new()
    {
        Workload = Workload,
        Strategy = options.Pipeline.Strategy.Name,
        Model = options.Model.ProgramPath ?? options.Model.ModelFolder ?? options.Model.Model,
        Device = string.Join(',', devices),
        Precision = options.Model.Precision.ToString(),
        OutputKind = OutputName(options.Model.Pooling),
        BatchSize = options.Pipeline.BatchSize,
        ImageSize = options.Model.ImageSize,
        SequenceLength = options.Model.MaxLength == 0 && IsLengthKnown(options.Model, devices) ? BuiltInEncoders.TypicalLength : options.Model.MaxLength,
        ClassCount = 0,
        WorkerCount = options.Pipeline.WorkerCount,
        BufferCount = options.Pipeline.Strategy.UsesPool ? options.Pipeline.BufferPool?.Count ?? options.Pipeline.BufferCount : 0,
        LoaderCount = options.Pipeline.LoaderCount,
        Weights = options.Model.WeightsPath,
    };

    /// <inheritdoc/>
    public PipelineOptions Pipeline => _options.Pipeline;

    /// <inheritdoc/>
    public object SharedKey { get; } = (options.Model, string.Join(',', devices));

    /// <summary>What leaves the device, as results name it.</summary>
    public static string OutputName(VectorPooling pooling) => pooling == VectorPooling.None ? Tokens : pooling.ToString();

    /// <summary>The pooling that results name so; also by the pooling's own name, in any case.</summary>
    public static bool TryParseOutputName(string name, out VectorPooling pooling)
    {
        pooling = VectorPooling.None;
        return name.Equals(Tokens, StringComparison.OrdinalIgnoreCase)
            || (Enum.TryParse(name, ignoreCase: true, out pooling) && pooling.ToString().Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    // A folder and a program tell how long their sequences are once they are open, and a resumed sweep looks for its results before.
    private static bool IsLengthKnown(EmbeddingModelOptions model, IReadOnlyList<DeviceSpec> devices) =>
        !model.TakesPictures && (devices.Any(device => device.Kind == DeviceKind.Simulated) || (model.ModelFolder is null && model.ProgramPath is null));

    /// <inheritdoc/>
    public IDeviceLanes Open() => EmbeddingLanes.Open(_options.Model, devices, backend);

    /// <inheritdoc/>
    public IThroughputMeter CreateMeter(IDeviceLanes model, ThroughputOptions options, SweepShare share)
    {
        // A model tells only now how long its sequences are.
        var lanes = (EmbeddingLanes)model;
        Description = Description with { SequenceLength = lanes.Model.TakesPictures ? 0 : lanes.Model.MaxLength };
        return new WorkloadMeter<EmbeddingItem, EmbeddingBatchResult>(
            new EmbeddingWorkload(_options with { Model = lanes.Model }, lanes, share, backend), options, share.Limits);
    }
}

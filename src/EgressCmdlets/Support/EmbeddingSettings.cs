using Egress.Backend;
using Egress.Devices;
using Egress.Embedding;
using Egress.Measurement;
using Egress.Measurement.Sweeps;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Cmdlets.Support;

/// <summary>One configuration of embedding as parameters name it, before anything of it is checked.</summary>
internal sealed record EmbeddingSettings : MeasuredSettings
{
    public required VectorPooling Pooling { get; init; }

    /// <summary>0: as many tokens as the model takes.</summary>
    public required int SequenceLength { get; init; }

    /// <summary>Side of the square of an image encoder's pictures, in pixels; 0 for sequences, or as the program takes them.</summary>
    public int ImageSize { get; init; }

    /// <summary>The configuration ready to be measured, or with the error that keeps it from that.</summary>
    /// <param name="command">Whose parameters these are.</param>
    /// <param name="nativeCodeAllowed">Whether the native code of compiled packages runs without asking.</param>
    public SweepEntry ToEntry(EgressCommand command, bool nativeCodeAllowed)
    {
        try
        {
            var devices = EgressCommand.ParseDevices([Device]);
            var configuration = new EmbeddingConfiguration(Options(devices[0].Kind, command, nativeCodeAllowed), devices, BackendLoader.Load);
            return new SweepEntry(configuration.Description, configuration, null);
        }
        catch (EgressException error)
        {
            return new SweepEntry(Describe(), null, error);
        }
    }

    private EmbeddingOptions Options(DeviceKind device, EgressCommand command, bool nativeCodeAllowed)
    {
        var model = new EmbeddingModelOptions
        {
            Model = Model,
            WeightsPath = WeightsPath(command),
            Seed = Seed,
            OutputName = OutputName,
            MaxLength = SequenceLength,
            ImageSize = ImageSize,
            Precision = Precision,
            Pooling = Pooling,

            // What is computed in half precision is stored in it: the widening would be work of its own.
            VectorPrecision = Precision == ModelPrecision.Float32 ? VectorPrecision.Float32 : VectorPrecision.Float16,
        };
        var batchSize = BatchSize > 0 ? BatchSize : BatchDefaults.SequenceBatchSize(device);
        if (EncoderModel.Complete(ref model, ref batchSize, command.FullPath, name => IsGiven(name, command)) is { } program)
        {
            command.ThrowUnlessAllowed(program, nativeCodeAllowed);
        }
        else
        {
            model = model with { ImageSize = 0 };
        }

        RequireFittingInput(model);

        var layout = new VectorLayout(model.VectorPrecision, BuiltInEncoders.TypicalDimension, Pooling == VectorPooling.None);
        var tokens = layout.IsTokenLevel ? SequenceLength > 0 ? SequenceLength : BuiltInEncoders.TypicalLength : 1;
        return new EmbeddingOptions
        {
            Model = model,
            Pipeline = Pipeline(EgressStrategy.Parse(Strategy), batchSize, (long)tokens * layout.VectorBytes),
        };
    }

    /// <summary>Whether a setting was given, by the name of the parameter that other commands have for it.</summary>
    private bool IsGiven(string name, EgressCommand command) => name switch
    {
        nameof(EmbeddingModelOptions.MaxLength) => SequenceLength > 0,
        nameof(EmbeddingModelOptions.ImageSize) => ImageSize > 0,
        nameof(ModelPrecision) => command.MyInvocation.BoundParameters.ContainsKey(nameof(Precision)),
        _ => command.MyInvocation.BoundParameters.ContainsKey(name),
    };

    private void RequireFittingInput(EmbeddingModelOptions model)
    {
        if (model.TakesPictures ? SequenceLength > 0 && IsNamed(nameof(SequenceLength)) : ImageSize > 0 && IsNamed(nameof(ImageSize)))
        {
            var (name, input) = model.TakesPictures ? (nameof(SequenceLength), "pictures") : (nameof(ImageSize), "sequences");
            throw new EgressException(
                EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument,
                $"'{Model}' takes {input}, to which -{name} means nothing.", $"Leave -{name} away.", Model);
        }
    }

    /// <summary>As far as it could be read.</summary>
    private ThroughputConfiguration Describe() => new()
    {
        Workload = EmbeddingConfiguration.Workload,
        Strategy = Strategy,
        Model = Model,
        Device = Device,
        Precision = Precision.ToString(),
        OutputKind = EmbeddingConfiguration.OutputName(Pooling),
        BatchSize = BatchSize > 0 ? BatchSize : BatchDefaults.SequenceBatchSize(DeviceKind.Cuda),
        ImageSize = ImageSize,
        SequenceLength = SequenceLength,
        ClassCount = 0,
        WorkerCount = WorkerCount,
        BufferCount = BufferCount,
        LoaderCount = LoaderCount,
        Weights = NamedWeights,
    };
}

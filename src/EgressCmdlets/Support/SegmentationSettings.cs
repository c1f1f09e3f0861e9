using Egress.Backend;
using Egress.Devices;
using Egress.Measurement;
using Egress.Measurement.Sweeps;
using Egress.Models;
using Egress.Pipeline;
using Egress.Segmentation;

namespace Egress.Cmdlets.Support;

/// <summary>One configuration of segmentation as parameters name it, before anything of it is checked.</summary>
internal sealed record SegmentationSettings : MeasuredSettings
{
    public required OutputKind OutputKind { get; init; }

    /// <summary>0: as many as the model tells apart, or as published ones do.</summary>
    public required int ClassCount { get; init; }

    /// <summary>In pixels; 0: as the model takes, or the default.</summary>
    public required int ImageSize { get; init; }

    /// <summary>The configuration ready to be measured, or with the error that keeps it from that.</summary>
    /// <param name="command">Whose parameters these are.</param>
    /// <param name="nativeCodeAllowed">Whether the native code of compiled packages runs without asking.</param>
    /// <param name="pictures">Full paths of pictures; none: synthetic ones.</param>
    public SweepEntry ToEntry(EgressCommand command, bool nativeCodeAllowed, IReadOnlyList<string> pictures)
    {
        try
        {
            var devices = EgressCommand.ParseDevices([Device]);
            var options = Options(EgressStrategy.Parse(Strategy), devices[0].Kind, command, nativeCodeAllowed);
            var configuration = new SegmentationConfiguration(options, devices, pictures, BackendLoader.Load);
            return new SweepEntry(configuration.Description, configuration, null);
        }
        catch (EgressException error)
        {
            return new SweepEntry(Describe(), null, error);
        }
    }

    private SegmentationOptions Options(EgressStrategy strategy, DeviceKind device, EgressCommand command, bool nativeCodeAllowed)
    {
        var model = new SegmentationModelOptions
        {
            Model = Model,
            WeightsPath = WeightsPath(command),
            Seed = Seed,
            ClassCount = ClassCount > 0 ? ClassCount : SegmentationModelOptions.DefaultClassCount,
            ImageSize = ImageSize > 0 ? ImageSize : SegmentationModelOptions.DefaultImageSize,
            Precision = Precision,
            OutputKind = OutputKind,
            OutputName = OutputName,
        };
        var batchSize = BatchSize > 0 ? BatchSize : BatchDefaults.BatchSize(device);
        if (ModelFile.Complete(ref model, ref batchSize, command.FullPath, name => IsGiven(name, command)) is { } program)
        {
            command.ThrowUnlessAllowed(program, nativeCodeAllowed);
        }

        return new SegmentationOptions
        {
            Model = model,
            Pipeline = Pipeline(strategy, batchSize, model.OutputSpec.Bytes),
        };
    }

    private bool IsGiven(string name, EgressCommand command) =>
        command.MyInvocation.BoundParameters.ContainsKey(name)
        && !(name == nameof(ClassCount) && ClassCount == 0) && !(name == nameof(ImageSize) && ImageSize == 0);

    /// <summary>As far as it could be read.</summary>
    private ThroughputConfiguration Describe() => new()
    {
        Strategy = Strategy,
        Model = Model,
        Device = Device,
        Precision = Precision.ToString(),
        OutputKind = OutputKind.ToString(),
        BatchSize = BatchSize > 0 ? BatchSize : BatchDefaults.BatchSize(DeviceKind.Cuda),
        ImageSize = ImageSize,
        ClassCount = ClassCount,
        WorkerCount = WorkerCount,
        BufferCount = BufferCount,
        LoaderCount = LoaderCount,
        Weights = NamedWeights,
    };
}

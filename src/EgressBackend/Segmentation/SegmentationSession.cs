using Egress.Backend.Networks;
using Egress.Backend.Programs;
using Egress.Backend.Tensors;
using Egress.Backend.Weights;
using Egress.Devices;
using Egress.Models;
using static TorchSharp.torch;

namespace Egress.Backend.Segmentation;

/// <summary>
/// A network or program on a CPU or CUDA device. libtorch computes on the calling thread's current stream, which nothing here changes: on a
/// GPU that is the default stream, the device's <see cref="IDevice.ComputeStream"/>.
/// </summary>
internal sealed class SegmentationSession : ISegmentationSession
{
    private readonly SegmentationModelOptions _options;
    private readonly IDevice _device;
    private readonly TensorPlacement _placement;
    private readonly IPixelScorer _scorer;
    private readonly PictureNormalisation _normalisation;

    // Scores that leave the device leave it in order. For labels the order is free: a processor finds the largest score fastest
    // where a pixel's scores lie side by side, a GPU where neighbouring threads read neighbouring pixels.
    private readonly bool _scoresInOrder;
    private bool _disposed;

    private SegmentationSession(
        SegmentationModelOptions options,
        IDevice device,
        TensorPlacement placement,
        IPixelScorer scorer,
        PictureNormalisation normalisation)
    {
        _options = options with { ClassCount = scorer.ClassCount };
        _device = device;
        _placement = placement;
        _scorer = scorer;
        _normalisation = normalisation;
        _scoresInOrder = options.OutputKind != OutputKind.Labels || device.Kind == DeviceKind.Cuda;
        Input = _options.InputSpec;
        Output = _options.OutputSpec;
    }

    /// <inheritdoc/>
    public SegmentationModelOptions Model => _options;

    /// <inheritdoc/>
    public TensorSpec Input { get; }

    /// <inheritdoc/>
    public TensorSpec Output { get; }

    /// <inheritdoc/>
    public long ParameterBytes => _scorer.ParameterBytes;

    /// <inheritdoc cref="IBackend.CreateSegmentationSession"/>
    public static SegmentationSession Create(SegmentationModelOptions options, IDevice device)
    {
        ThrowIfInvalid(options);
        return TorchErrors.Translate(device, $"loading {options.Model}", () => Load(options, device));
    }

    /// <inheritdoc/>
    public IDeviceMemory CreateInput(int batchSize)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        return TorchErrors.Translate(_device, $"the pictures of a batch of {batchSize}", () =>
        {
            using var scope = NewDisposeScope();
            return new TensorMemory(zeros([batchSize, .. Input.Shape], ScalarType.Byte, _placement.Device));
        });
    }

    /// <inheritdoc/>
    public IDeviceMemory Run(IDeviceMemory input, int count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (input is not TensorMemory memory)
        {
            throw new ArgumentException($"The input has to come from {nameof(CreateInput)}.", nameof(input));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, memory.Tensor.shape[0]);
        return BatchMemory.Compute(
            _device, MemoryParameters.Segmentation, count, !_scorer.NeedsWholeBatches, first => Compute(memory.Tensor, first));
    }

    /// <inheritdoc/>
    public void ReleaseUnused() => BatchMemory.ReleaseUnused(_device, _placement.Device);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _scorer.Dispose();
            _normalisation.Dispose();
        }
    }

    private static void ThrowIfInvalid(SegmentationModelOptions options)
    {
        // Labels are at most 16 bits wide.
        if (options.ClassCount > short.MaxValue + 1 || options.ClassCount < (options.ProgramPath is null ? 1 : 0) || options.ImageSize < 1)
        {
            throw new EgressException(
                EgressErrorId.OptionInvalid,
                EgressErrorCategory.InvalidArgument,
                $"A model of {options.ClassCount} classes for pictures of {options.ImageSize} pixels a side cannot be built.",
                $"Use a -ClassCount from 1 to {short.MaxValue + 1} and an -ImageSize from 1 on.",
                options.ClassCount);
        }
    }

    private static SegmentationSession Load(SegmentationModelOptions options, IDevice device)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var placement = TensorPlacement.For(device, options.Precision);
        IPixelScorer scorer = options.ProgramPath is null
            ? LoadNetwork(options, device, placement)
            : ProgramScorer.Load(options, device, placement);
        try
        {
            return new SegmentationSession(options, device, placement, scorer, new PictureNormalisation(placement));
        }
        catch
        {
            scorer.Dispose();
            throw;
        }
    }

    private static SegmentationNetwork LoadNetwork(SegmentationModelOptions options, IDevice device, TensorPlacement placement)
    {
        var network = NetworkCatalog.Create(options.Model, options.ClassCount);
        try
        {
            using IParameterSource source = options.WeightsPath is { } path
                ? FileParameters.Open(path, network.Parameters, device, placement.Device)
                : new RandomParameters(options.Seed);
            network.Load(source, placement);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private TensorMemory Compute(Tensor pictures, int count)
    {
        // Both belong to a thread, so they are entered here and not once for the session.
        using var inference = inference_mode();
        using var scope = NewDisposeScope();

        // A program for batches of one size computes the places of missing pictures too; nobody looks at what comes out there.
        using var batch = _scorer.NeedsWholeBatches ? pictures.alias() : pictures.narrow(0, 0, count);
        using var normalised = _normalisation.Forward(batch);
        using var scores = _scorer.Score(normalised, inOrder: _scoresInOrder);
        using var logits = scores.narrow(0, 0, count);
        return new TensorMemory(OutputReduction.Reduce(logits, _options.OutputKind));
    }
}

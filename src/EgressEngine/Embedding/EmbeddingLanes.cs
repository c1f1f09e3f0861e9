using Egress.Backend;
using Egress.Devices;
using Egress.Devices.Simulated;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Embedding;

/// <summary>Devices with an encoder on each, ready for any number of runs.</summary>
public sealed class EmbeddingLanes : IDeviceLanes
{
    // As BERT base: nothing runs on a simulated device that could tell.
    private const int SimulatedVocabulary = 30_522;

    private readonly DeviceLanes _lanes;

    private EmbeddingLanes(EmbeddingModelOptions requested, DeviceLanes lanes)
    {
        _lanes = lanes;
        if (lanes.Lanes[^1].Session is IEmbeddingSession session)
        {
            (Model, Layout, VocabularySize) = (session.Model, session.Layout, session.VocabularySize);
        }
        else
        {
            IsSimulated = true;
            (Model, Layout, VocabularySize) = (Simulated(requested), SimulatedLayout(requested), SimulatedVocabulary);
        }
    }

    /// <summary>The model, with what it decides itself filled in.</summary>
    public EmbeddingModelOptions Model { get; }

    /// <summary>Whether the devices are simulated, so that the vectors are none of the model's.</summary>
    public bool IsSimulated { get; }

    /// <summary>How vectors lie in memory.</summary>
    public VectorLayout Layout { get; }

    /// <summary>Pieces of the vocabulary; 0 where the model does not say.</summary>
    public int VocabularySize { get; }

    /// <summary>One lane a device.</summary>
    public IReadOnlyList<PipelineLane> Lanes => _lanes.Lanes;

    /// <summary>Opens the devices and builds the encoder on each.</summary>
    /// <param name="model">The encoder.</param>
    /// <param name="devices">The devices: one, or several of one kind.</param>
    /// <param name="backend">Gives the backend; asked only where a device needs it.</param>
    /// <exception cref="EgressException">A device is missing, or the model does not fit.</exception>
    public static EmbeddingLanes Open(EmbeddingModelOptions model, IReadOnlyList<DeviceSpec> devices, Func<IBackend> backend)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(devices);
        ArgumentNullException.ThrowIfNull(backend);
        return new EmbeddingLanes(model, DeviceLanes.Open(devices, device => device is SimulatedDevice simulated
            ? new SimulatedSession(simulated, InputSpec(Simulated(model)), OutputSpec(Simulated(model)))
            : backend().CreateEmbeddingSession(model, device)));
    }

    /// <summary>Gives models and devices back; no run may use them any more.</summary>
    public void Dispose() => _lanes.Dispose();

    private static EmbeddingModelOptions Simulated(EmbeddingModelOptions model) =>
        model with { MaxLength = model.MaxLength > 0 ? model.MaxLength : BuiltInEncoders.TypicalLength };

    private static VectorLayout SimulatedLayout(EmbeddingModelOptions model) =>
        new(model.VectorPrecision, BuiltInEncoders.TypicalDimension, model.Pooling == VectorPooling.None);

    private static TensorSpec InputSpec(EmbeddingModelOptions model) => model.TakesPictures
        ? new TensorSpec(ElementType.UInt8, model.ImageSize, model.ImageSize, 3)
        : new TensorSpec(ElementType.Int32, 1 + model.MaxLength);

    private static TensorSpec OutputSpec(EmbeddingModelOptions model)
    {
        var layout = SimulatedLayout(model);
        return new TensorSpec(ElementType.UInt8, layout.IsTokenLevel ? model.MaxLength : 1, layout.VectorBytes);
    }
}

using Egress.Backend.Networks;
using Egress.Backend.Tensors;
using Egress.Devices;
using Egress.Models;
using static TorchSharp.torch;

namespace Egress.Backend.Programs;

/// <summary>A program that makes vectors of pictures: one a picture, or one for each of its patches.</summary>
internal sealed class PictureEncoder : IEncoder
{
    private readonly PictureProgram _program;
    private readonly PictureNormalisation _normalisation;
    private readonly int _output;

    private PictureEncoder(EmbeddingModelOptions options, TensorPlacement placement, PictureProgram program)
    {
        _program = program;
        _output = ProgramOutput.Choose(options.ProgramPath!, options.OutputName, ProgramOutput.Vectors, program.Example);
        var (name, value) = program.Example[_output];
        EncoderOutput.ThrowIfUnsupported(options, name, value);
        GivesOneVector = value.dim() == 2;
        VectorsAnItem = GivesOneVector ? 1 : (int)value.shape[1];
        Dimension = (int)value.shape[^1];
        _normalisation = new PictureNormalisation(placement);
    }

    /// <inheritdoc/>
    public long ParameterBytes => _program.ParameterBytes;

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public int VocabularySize => 0;

    /// <inheritdoc/>
    public int? VectorsAnItem { get; }

    /// <inheritdoc/>
    public bool GivesOneVector { get; }

    /// <inheritdoc/>
    public bool NeedsWholeBatches => _program.NeedsWholeBatches;

    /// <inheritdoc cref="ProgramScorer.Load"/>
    public static PictureEncoder Load(EmbeddingModelOptions options, IDevice device, TensorPlacement placement) => PictureProgram.Load(
        options.ProgramPath!,
        new PictureBatch(options.ProgramBatchSize, options.ImageSize, options.Precision, MemoryParameters.Pictures),
        device, placement, program => new PictureEncoder(options, placement, program));

    /// <inheritdoc/>
    public EncodedBatch Encode(Tensor items, SequenceExtent extent)
    {
        using var pictures = _normalisation.Forward(items);
        return new EncodedBatch(_program.Run(pictures)[_output], null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _program.Dispose();
        _normalisation.Dispose();
    }
}

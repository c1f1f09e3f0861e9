using Egress.Backend.Networks;
using Egress.Backend.Tensors;
using Egress.Devices;
using Egress.Models;
using static TorchSharp.torch;

namespace Egress.Backend.Programs;

/// <summary>A program that scores pixels: its one input is a batch of normalised pictures, one of its outputs the scores.</summary>
internal sealed class ProgramScorer : IPixelScorer
{
    private readonly TensorPlacement _placement;
    private readonly PictureProgram _program;
    private readonly int _output;

    private ProgramScorer(SegmentationModelOptions options, TensorPlacement placement, PictureProgram program)
    {
        _placement = placement;
        _program = program;
        _output = ProgramOutput.Choose(options.ProgramPath!, options.OutputName, ProgramOutput.Scores, program.Example);
        ClassCount = ProgramOutput.CountClasses(options, program.Example[_output].Name, program.Example[_output].Value);
    }

    /// <inheritdoc/>
    public long ParameterBytes => _program.ParameterBytes;

    /// <inheritdoc/>
    public int ClassCount { get; }

    /// <inheritdoc/>
    public bool NeedsWholeBatches => _program.NeedsWholeBatches;

    /// <summary>Loads a program, checks what it says of its input and its device, and runs it once to know its output.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ModelFileInvalid"/>,
    /// <see cref="EgressErrorId.ModelDeviceMismatch"/>, <see cref="EgressErrorId.ModelInputMismatch"/>,
    /// <see cref="EgressErrorId.ModelOutputUnknown"/>, <see cref="EgressErrorId.ModelOutputUnsupported"/> or
    /// <see cref="EgressErrorId.ModelFailed"/>.</exception>
    public static ProgramScorer Load(SegmentationModelOptions options, IDevice device, TensorPlacement placement) => PictureProgram.Load(
        options.ProgramPath!,
        new PictureBatch(options.ProgramBatchSize, options.ImageSize, options.Precision, MemoryParameters.Segmentation),
        device, placement, program => new ProgramScorer(options, placement, program));

    /// <inheritdoc/>
    public Tensor Score(Tensor input, bool inOrder)
    {
        using var scope = NewDisposeScope();
        var scores = _program.Run(input)[_output].to(_placement.Type);
        return Networks.PixelScores.Enlarge(scores, input.shape[2], input.shape[3], inOrder).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _program.Dispose();
}

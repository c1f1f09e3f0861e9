using System.Runtime.InteropServices;
using Egress.Backend.Networks;
using Egress.Backend.Tensors;
using Egress.Devices;
using Egress.Models;
using Egress.Models.Programs;
using static TorchSharp.torch;

namespace Egress.Backend.Programs;

/// <summary>A program that scores pixels: its one input is a batch of normalised pictures, one of its outputs the scores.</summary>
internal sealed class ProgramScorer : IPixelScorer
{
    private readonly SegmentationModelOptions _options;
    private readonly TensorPlacement _placement;
    private readonly IProgram _program;
    private readonly int _output;

    // Whether pictures go in with the channels of a pixel side by side, as they come.
    private readonly bool _isChannelsLast;

    private ProgramScorer(SegmentationModelOptions options, TensorPlacement placement, IProgram program, ProgramFile file)
    {
        _options = options;
        _placement = placement;
        _program = program;
        _isChannelsLast = file.Inputs.Count == 1 ? file.Inputs[0].IsChannelsLast : file.Kind == ProgramKind.TorchScript;
        IReadOnlyList<(string Name, Tensor Value)> outputs;
        try
        {
            outputs = Probe(_isChannelsLast);
        }
        catch (ExternalException) when (_isChannelsLast && file.Inputs.Count == 0)
        {
            // A traced program may have taken the layout of its example for granted.
            _isChannelsLast = false;
            outputs = Probe(_isChannelsLast);
        }

        _output = ProgramOutput.Choose(options, outputs);
        ClassCount = ProgramOutput.CountClasses(options, outputs[_output].Name, outputs[_output].Value);
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
    public static ProgramScorer Load(SegmentationModelOptions options, IDevice device, TensorPlacement placement)
    {
        var file = ProgramFile.Open(options.ProgramPath!);
        ProgramInputs.ThrowUnlessTaken(file, options, device);
        device.BindThread();
        var program = Open(file, placement);
        try
        {
            return new ProgramScorer(options, placement, program, file);
        }
        catch (ExternalException e) when (!TorchErrors.IsResource(e))
        {
            program.Dispose();
            throw new EgressException(
                EgressErrorId.ModelFailed, EgressErrorCategory.InvalidData,
                $"'{file.Path}' fails on a batch of {options.ProgramBatchSize} pictures of {options.ImageSize} pixels a side in "
                + $"{options.Precision}: {TorchErrors.Reason(e.Message)}",
                "Use the -ImageSize, -BatchSize and -Precision that it was exported for.", file.Path, e);
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Tensor Score(Tensor input, bool inOrder)
    {
        using var scope = NewDisposeScope();
        var outputs = _program.Run(Arrange(input, _isChannelsLast));
        var scores = outputs[_output].to(_placement.Type);
        return PixelScores.Enlarge(scores, input.shape[2], input.shape[3], inOrder).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _program.Dispose();

    private static IProgram Open(ProgramFile file, TensorPlacement placement)
    {
        try
        {
            return file.Kind == ProgramKind.Compiled ? CompiledProgram.Load(file) : ScriptProgram.Load(file, placement);
        }
        catch (ExternalException e) when (!TorchErrors.IsResource(e))
        {
            throw ProgramFile.Invalid(
                file.Path, $"libtorch does not load it: {TorchErrors.Reason(e.Message)}",
                file.Kind == ProgramKind.Compiled
                    ? "Compile it again with the PyTorch whose libraries run here (Get-EgressDevice shows them), on a machine with the same kind of device."
                    : "Export it again with torch.jit.save; operators of other libraries, such as torchvision's own, are not here.",
                e);
        }
    }

    private static Tensor Arrange(Tensor input, bool channelsLast) => channelsLast ? input.alias() : input.contiguous();

    private IReadOnlyList<(string Name, Tensor Value)> Probe(bool channelsLast)
    {
        var pictures = zeros([_options.ProgramBatchSize, _options.ImageSize, _options.ImageSize, 3], _placement.Type, _placement.Device);
        return _program.RunNamed(Arrange(pictures.permute(0, 3, 1, 2), channelsLast));
    }
}

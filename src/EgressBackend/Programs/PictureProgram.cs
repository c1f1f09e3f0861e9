using System.Runtime.InteropServices;
using Egress.Backend.Tensors;
using Egress.Devices;
using Egress.Models;
using Egress.Models.Programs;
using static TorchSharp.torch;

namespace Egress.Backend.Programs;

/// <summary>A program whose one input is a batch of normalised pictures.</summary>
internal sealed class PictureProgram : IDisposable
{
    private readonly TensorPlacement _placement;
    private readonly IProgram _program;

    // Whether pictures go in with the channels of a pixel side by side, as they come.
    private readonly bool _isChannelsLast;

    private PictureProgram(ProgramFile file, PictureBatch pictures, TensorPlacement placement, IProgram program)
    {
        _placement = placement;
        _program = program;
        _isChannelsLast = file.Inputs.Count == 1 ? file.Inputs[0].IsChannelsLast : file.Kind == ProgramKind.TorchScript;
        try
        {
            Example = Probe(pictures);
        }
        catch (ExternalException) when (_isChannelsLast && file.Inputs.Count == 0)
        {
            // A traced program may have taken the layout of its example for granted.
            _isChannelsLast = false;
            Example = Probe(pictures);
        }
    }

    /// <summary>What it made of black pictures, in the dispose scope that it was loaded in.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Example { get; }

    /// <inheritdoc cref="IProgram.ParameterBytes"/>
    public long ParameterBytes => _program.ParameterBytes;

    /// <inheritdoc cref="IProgram.NeedsWholeBatches"/>
    public bool NeedsWholeBatches => _program.NeedsWholeBatches;

    /// <summary>Loads a program, checks what it says of its input and its device, runs it once, and hands it to its user.</summary>
    /// <param name="path">Full path of its file.</param>
    /// <param name="pictures">What it will be given.</param>
    /// <param name="device">The device that it will run on.</param>
    /// <param name="placement">Where its parameters belong.</param>
    /// <param name="use">Makes what owns it from then on; where that fails it is given back.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ModelFileInvalid"/>,
    /// <see cref="EgressErrorId.ModelDeviceMismatch"/>, <see cref="EgressErrorId.ModelInputMismatch"/> or
    /// <see cref="EgressErrorId.ModelFailed"/>.</exception>
    public static T Load<T>(string path, PictureBatch pictures, IDevice device, TensorPlacement placement, Func<PictureProgram, T> use)
    {
        var file = ProgramFile.Open(path);
        ProgramInputs.ThrowUnlessTaken(file, pictures, device);
        return ProgramLoader.Load(
            file, device, placement, $"a batch of {pictures.Count} pictures of {pictures.Size} pixels a side in {pictures.Precision}",
            $"Use the -ImageSize, -BatchSize and {pictures.Parameters.Precision} that it was exported for.",
            program => use(new PictureProgram(file, pictures, placement, program)));
    }

    /// <summary>Runs it.</summary>
    /// <param name="pictures">Normalised pictures: batch, 3, height, width; channels-last in memory.</param>
    /// <returns>Its outputs, in order, in the current dispose scope.</returns>
    public Tensor[] Run(Tensor pictures) => _program.Run(Arrange(pictures));

    /// <inheritdoc/>
    public void Dispose() => _program.Dispose();

    private IReadOnlyList<(string Name, Tensor Value)> Probe(PictureBatch pictures)
    {
        var black = zeros([pictures.Count, pictures.Size, pictures.Size, 3], _placement.Type, _placement.Device);
        return _program.RunNamed(Arrange(black.permute(0, 3, 1, 2)));
    }

    private Tensor Arrange(Tensor input) => _isChannelsLast ? input.alias() : input.contiguous();
}

/// <summary>The pictures that a program will be given.</summary>
/// <param name="Count">Pictures in a batch.</param>
/// <param name="Size">Pixels of a side.</param>
/// <param name="Precision">The precision of their numbers.</param>
/// <param name="Parameters">What all that is called.</param>
internal sealed record PictureBatch(int Count, int Size, ModelPrecision Precision, MemoryParameters Parameters);

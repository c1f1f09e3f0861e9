using System.Runtime.InteropServices;
using Egress.Backend.Tensors;
using Egress.Devices;
using Egress.Models.Programs;

namespace Egress.Backend.Programs;

/// <summary>Loads programs of every kind.</summary>
internal static class ProgramLoader
{
    /// <summary>Loads a program, and makes of it what will run it, which runs it on an example.</summary>
    /// <param name="file">The program.</param>
    /// <param name="device">The device that it will run on.</param>
    /// <param name="placement">Where its parameters belong.</param>
    /// <param name="input">The example, for the message where it fails on it.</param>
    /// <param name="advice">What to do then.</param>
    /// <param name="use">Makes what owns it from then on; where that fails it is given back.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ModelFileInvalid"/> or <see cref="EgressErrorId.ModelFailed"/>.</exception>
    public static T Load<T>(ProgramFile file, IDevice device, TensorPlacement placement, string input, string advice, Func<IProgram, T> use)
    {
        device.BindThread();
        var program = Open(file, placement);
        try
        {
            return use(program);
        }
        catch (ExternalException e) when (!TorchErrors.IsResource(e))
        {
            program.Dispose();
            throw Failed(file, input, advice, e);
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    /// <summary>The error of a program that does not take what it is given.</summary>
    public static EgressException Failed(ProgramFile file, string input, string advice, ExternalException error) => new(
        EgressErrorId.ModelFailed, EgressErrorCategory.InvalidData,
        $"'{file.Path}' fails on {input}: {TorchErrors.Reason(error.Message)}", advice, file.Path, error);

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
}

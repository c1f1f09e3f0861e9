using System.Runtime.InteropServices;
using Egress.Backend.Tensors;
using Egress.Models.Programs;

namespace Egress.Backend.Programs;

/// <summary>Loads programs of every kind.</summary>
internal static class ProgramLoader
{
    /// <summary>Loads a program.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ModelFileInvalid"/>.</exception>
    public static IProgram Open(ProgramFile file, TensorPlacement placement)
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

    /// <summary>The error of a program that does not take what it will be given.</summary>
    public static EgressException Failed(ProgramFile file, string input, string advice, ExternalException error) => new(
        EgressErrorId.ModelFailed, EgressErrorCategory.InvalidData,
        $"'{file.Path}' fails on {input}: {TorchErrors.Reason(error.Message)}", advice, file.Path, error);
}

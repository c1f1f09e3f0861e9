using Egress.Models;
using Egress.Models.Programs;

namespace Egress.Cmdlets.Support;

/// <summary>What <c>-Model</c> names: a built-in network, or a file with a whole program.</summary>
internal static class ModelFile
{
    private static readonly string[] s_extensions = [".pt", ".pt2", ".pth", ".ts", ".torchscript", ".jit", ".zip", ".safetensors"];

    /// <summary>
    /// The program that is named, or null for a built-in network. What looks like a path is one, whether there is such a file or not, so that
    /// a misspelt path is an error about a path.
    /// </summary>
    /// <param name="model">What the user wrote.</param>
    /// <param name="fullPath">Makes a full path of it.</param>
    /// <exception cref="EgressException">The path names no program.</exception>
    private static ProgramFile? Find(string model, Func<string, string> fullPath)
    {
        if (BuiltInModels.Names.Contains(model, StringComparer.Ordinal))
        {
            return null;
        }

        var isPath = model.Contains('/', StringComparison.Ordinal)
            || s_extensions.Contains(Path.GetExtension(model), StringComparer.OrdinalIgnoreCase)
            || File.Exists(fullPath(model));
        return isPath ? ProgramFile.Open(fullPath(model)) : null;
    }

    /// <summary>
    /// Finds the program and fills a model's options in from it: its path, and of batch size, picture size and precision those that
    /// it takes alone and that the user left open.
    /// </summary>
    /// <param name="options">The options so far.</param>
    /// <param name="batchSize">The batch size so far.</param>
    /// <param name="fullPath">Makes a full path of what the user wrote.</param>
    /// <param name="isBound">Whether the user gave a parameter.</param>
    /// <returns>The program, or null for a built-in network, whose options stay as they are.</returns>
    /// <exception cref="EgressException">The path names no program, or it does not go with the other options.</exception>
    public static ProgramFile? Complete(
        ref SegmentationModelOptions options, ref int batchSize, Func<string, string> fullPath, Func<string, bool> isBound)
    {
        if (Find(options.Model, fullPath) is not { } program)
        {
            return options.OutputName is { } output ? throw OutputNameWithoutProgram(options.Model, output) : null;
        }

        if (options.WeightsPath is { } weights)
        {
            throw new EgressException(
                EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument,
                $"'{program.Path}' brings its own parameters and takes no others.", "Leave -Weights away.", weights);
        }

        if (program.Inputs.Count == 1 && program.Inputs[0] is { Shape.Count: 4 } input)
        {
            batchSize = isBound("BatchSize") ? batchSize : input.Shape[0].Fixed ?? batchSize;
            options = options with
            {
                ImageSize = isBound("ImageSize") ? options.ImageSize : input.Shape[2].Fixed ?? options.ImageSize,
                Precision = isBound("Precision") ? options.Precision : input.Precision ?? options.Precision,
            };
        }

        options = options with
        {
            ProgramPath = program.Path,
            ProgramBatchSize = batchSize,
            ClassCount = isBound("ClassCount") ? options.ClassCount : 0,
        };
        return program;
    }

    /// <summary>The error of an output named for a network that has only one.</summary>
    private static EgressException OutputNameWithoutProgram(string model, string outputName) => new(
        EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument,
        $"-OutputName picks an output of a program from a file, and '{model}' is a built-in network.", "Leave -OutputName away.", outputName);

    /// <summary>The question before native code from a file is loaded, and its title.</summary>
    public static (string Text, string Title) Question(ProgramFile program) => (
        $"'{program.Path}' is a compiled package: its native code will run in this process with your permissions. Do you trust it?",
        "Run native code from a file?");

    /// <summary>The error where nobody can be asked, or the answer was no.</summary>
    public static EgressException NotAllowed(ProgramFile program, Exception? cause = null) => new(
        EgressErrorId.NativeCodeNotAllowed, EgressErrorCategory.PermissionDenied,
        $"'{program.Path}' carries native code, and it was not allowed to run.",
        "Use -AllowNativeCode, or -Force, if you trust the file.", program.Path, cause);
}

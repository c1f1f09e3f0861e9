using Egress.Models;
using Egress.Models.Programs;

namespace Egress.Cmdlets.Support;

/// <summary>What <c>-Model</c> of an embedding command names: a built-in encoder, a model's folder, or a file with a whole program.</summary>
internal static class EncoderModel
{
    private const string ConfigFile = "config.json";

    /// <summary>Fills a model's options in from what it names.</summary>
    /// <param name="options">The options so far; <see cref="EmbeddingModelOptions.Model"/> is what the user wrote.</param>
    /// <param name="batchSize">The batch size so far; a program that takes one alone decides it where the user left it open.</param>
    /// <param name="fullPath">Makes a full path of what the user wrote.</param>
    /// <param name="isBound">Whether the user gave a parameter.</param>
    /// <returns>The program, or null.</returns>
    /// <exception cref="EgressException">It names nothing, or what does not go with the other options.</exception>
    public static ProgramFile? Complete(
        ref EmbeddingModelOptions options, ref int batchSize, Func<string, string> fullPath, Func<string, bool> isBound)
    {
        if (BuiltInEncoders.Names.Contains(options.Model, StringComparer.Ordinal))
        {
            RequireNoProgramOptions(options);
            return null;
        }

        var path = fullPath(options.Model);
        if (Directory.Exists(path))
        {
            RequireNoProgramOptions(options);
            options = options with { Model = Path.GetFileName(Path.TrimEndingDirectorySeparator(path)), ModelFolder = path };
            return null;
        }

        if (!File.Exists(path) && !options.Model.Contains('/', StringComparison.Ordinal) && Path.GetExtension(path).Length == 0)
        {
            throw new EgressException(
                EgressErrorId.ModelUnknown, EgressErrorCategory.ObjectNotFound, $"There is no encoder '{options.Model}'.",
                $"Use {string.Join(", ", BuiltInEncoders.Names)}, a folder with {ConfigFile} and {EmbeddingModelOptions.ParameterFileName}, "
                + "or a .pt or .pt2 file.", options.Model);
        }

        var program = ProgramFile.Open(path);
        if (options.WeightsPath is { } weights)
        {
            throw new EgressException(
                EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument,
                $"'{program.Path}' brings its own parameters and takes no others.", "Leave -Weights away.", weights);
        }

        if (program.Inputs.Count > 0)
        {
            var shape = program.Inputs[0].Shape;
            batchSize = isBound("BatchSize") || shape.Count == 0 ? batchSize : shape[0].Fixed ?? batchSize;
            options = options with
            {
                MaxLength = isBound("MaxLength") || shape.Count != 2 ? options.MaxLength : (int)(shape[1].Fixed ?? options.MaxLength),
                ImageSize = shape.Count != 4 ? 0 : isBound("ImageSize") ? options.ImageSize : (int)(shape[2].Fixed ?? options.ImageSize),
                Precision = isBound("ModelPrecision") || shape.Count != 4 ? options.Precision : program.Inputs[0].Precision ?? options.Precision,
            };
        }

        options = options with { Model = Path.GetFileName(path), ProgramPath = program.Path, ProgramBatchSize = batchSize };
        return program;
    }

    private static void RequireNoProgramOptions(EmbeddingModelOptions options)
    {
        if (options.OutputName is { } outputName)
        {
            throw new EgressException(
                EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument,
                $"-OutputName picks an output of a program from a file, and '{options.Model}' is none.", "Leave -OutputName away.", outputName);
        }
    }
}

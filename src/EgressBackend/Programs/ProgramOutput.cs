using Egress.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Egress.Backend.Programs;

/// <summary>Finds among a program's outputs the scores of its classes.</summary>
internal static class ProgramOutput
{
    /// <summary>What torchvision calls the scores of a segmentation network, and what others do.</summary>
    private static readonly string[] s_usualNames = ["out", "logits"];

    /// <summary>The place of the output that is wanted: the named one, the only one, or the one with a usual name.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ModelOutputUnknown"/>, with a list of what there is.</exception>
    public static int Choose(SegmentationModelOptions options, IReadOnlyList<(string Name, Tensor Value)> outputs)
    {
        var names = outputs.Select(output => output.Name).ToList();
        var place = options.OutputName is { } wanted ? names.IndexOf(wanted)
            : names.Count == 1 ? 0
            : names.FindIndex(name => s_usualNames.Contains(name, StringComparer.Ordinal));
        return place >= 0
            ? place
            : throw new EgressException(
                EgressErrorId.ModelOutputUnknown, EgressErrorCategory.InvalidArgument,
                (options.OutputName is null
                    ? $"'{options.ProgramPath}' has {names.Count} outputs, and none of them is named: "
                    : $"'{options.ProgramPath}' has no output '{options.OutputName}'. It has ")
                + string.Join(", ", outputs.Select(output => $"{output.Name} ({Describe(output.Value)})")) + ".",
                "Name the output that holds the scores with -OutputName.",
                options.OutputName ?? options.ProgramPath);
    }

    /// <summary>The number of classes of an output.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ModelOutputUnsupported"/>.</exception>
    public static int CountClasses(SegmentationModelOptions options, string name, Tensor value)
    {
        var shape = value.shape;
        if (shape.Length != 4 || shape[0] != options.ProgramBatchSize || shape[1] is < 1 or > short.MaxValue + 1 || !value.is_floating_point())
        {
            throw new EgressException(
                EgressErrorId.ModelOutputUnsupported, EgressErrorCategory.InvalidData,
                $"Output {name} of '{options.ProgramPath}' is {Describe(value)}, and not a score of each class for each pixel of "
                + $"{options.ProgramBatchSize} pictures.",
                "Export a model whose output is batch, classes, height, width in floating point, or name another output with -OutputName.",
                options.ProgramPath);
        }

        var classes = (int)shape[1];
        return options.ClassCount == 0 || options.ClassCount == classes
            ? classes
            : throw new EgressException(
                EgressErrorId.ModelOutputUnsupported, EgressErrorCategory.InvalidArgument,
                $"'{options.ProgramPath}' tells {classes} classes apart, and not {options.ClassCount}.",
                $"Leave -ClassCount away, or use -ClassCount {classes}.",
                options.ClassCount);
    }

    private static string Describe(Tensor value) => $"{string.Join('×', value.shape)} {value.dtype}";
}

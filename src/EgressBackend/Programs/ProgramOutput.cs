using Egress.Models;
using static TorchSharp.torch;

namespace Egress.Backend.Programs;

/// <summary>Finds among a program's outputs the one that is wanted.</summary>
internal static class ProgramOutput
{
    /// <summary>What torchvision calls the scores of a segmentation network, and what others do.</summary>
    public static readonly UsualOutput Scores = new("the scores", "out", "logits");

    /// <summary>What Hugging Face calls hidden states, and what others call vectors.</summary>
    public static readonly UsualOutput Vectors = new("the hidden states or vectors", "last_hidden_state", "sentence_embedding", "image_embeds");

    /// <summary>The place of the output that is wanted: the named one, the only one, or the one with a usual name.</summary>
    /// <param name="path">The program's file.</param>
    /// <param name="wanted">The name of the one that is wanted, or null.</param>
    /// <param name="usual">What it is usually called.</param>
    /// <param name="outputs">What there is.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ModelOutputUnknown"/>, with a list of what there is.</exception>
    public static int Choose(string path, string? wanted, UsualOutput usual, IReadOnlyList<(string Name, Tensor Value)> outputs)
    {
        var names = outputs.Select(output => output.Name).ToList();
        var place = wanted is not null ? names.IndexOf(wanted)
            : names.Count == 1 ? 0
            : names.FindIndex(name => usual.Names.Contains(name, StringComparer.Ordinal));
        return place >= 0
            ? place
            : throw new EgressException(
                EgressErrorId.ModelOutputUnknown, EgressErrorCategory.InvalidArgument,
                (wanted is null
                    ? $"'{path}' has {names.Count} outputs, and none of them is named: "
                    : $"'{path}' has no output '{wanted}'. It has ")
                + string.Join(", ", outputs.Select(output => $"{output.Name} ({Describe(output.Value)})")) + ".",
                $"Name the output that holds {usual.What} with -OutputName.",
                wanted ?? path);
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

    /// <summary>An output's sizes and type, for messages.</summary>
    public static string Describe(Tensor value) => $"{string.Join('×', value.shape)} {value.dtype}";
}

/// <summary>What an output is usually called.</summary>
/// <param name="What">What is in it.</param>
/// <param name="Names">Its names.</param>
internal sealed record UsualOutput(string What, params string[] Names);

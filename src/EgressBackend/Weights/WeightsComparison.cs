using System.Globalization;
using Egress.Backend.Networks;
using Egress.Models.Weights;

namespace Egress.Backend.Weights;

/// <summary>Compares a weights file with the parameters that a network has, and reports every difference at once.</summary>
internal static class WeightsComparison
{
    /// <summary>The head that torchvision trains with and does not use afterwards; a file may have it.</summary>
    private const string TrainingHead = "aux_classifier.";

    /// <summary>How many of a kind a message names; the error's <see cref="Exception.Data"/> has all of them.</summary>
    private const int MostNamed = 20;

    /// <summary>Throws where a parameter is missing, unexpected or of another shape or kind.</summary>
    /// <param name="file">The file.</param>
    /// <param name="parameters">The network's parameters.</param>
    /// <param name="advice">What to do where they differ; null: what is right for a segmentation network.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.WeightsMismatch"/>.</exception>
    public static void ThrowUnlessEqual(IWeightsFile file, IReadOnlyList<ParameterSpec> parameters, string? advice = null)
    {
        var expected = parameters.Select(parameter => parameter.Name).ToHashSet(StringComparer.Ordinal);
        var missing = new List<string>();
        var different = new List<string>();
        foreach (var parameter in parameters)
        {
            if (file.Find(parameter.Name) is not { } entry)
            {
                if (!parameter.IsCounter)
                {
                    missing.Add(parameter.Name);
                }
            }
            else if (Difference(parameter, entry) is { } difference)
            {
                different.Add($"{parameter.Name} ({difference})");
            }
        }

        var unexpected = file.Entries
            .Select(entry => entry.Name)
            .Where(name => !expected.Contains(name) && !name.StartsWith(TrainingHead, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToList();
        if (missing.Count + unexpected.Count + different.Count > 0)
        {
            throw Mismatch(file, missing, unexpected, different, advice);
        }
    }

    private static string? Difference(ParameterSpec parameter, StoredTensor entry)
    {
        if (!parameter.Shape.AsSpan().SequenceEqual(entry.Shape.ToArray()))
        {
            return $"shape {entry.ShapeText} instead of [{string.Join(", ", parameter.Shape)}]";
        }

        var isNumber = entry.Type is StoredType.F16 or StoredType.BF16 or StoredType.F32 or StoredType.F64;
        return parameter.IsCounter || isNumber ? null : $"of type {entry.Type.HeaderName()}, which is none of F16, BF16, F32 and F64";
    }

    private static EgressException Mismatch(
        IWeightsFile file, List<string> missing, List<string> unexpected, List<string> different, string? advice)
    {
        string?[] parts = [Describe("missing", missing), Describe("unexpected", unexpected), Describe("different", different)];
        // Only what gives the scores depends on the number of classes; where anything else differs too, that is not the reason.
        var classes = missing.Count + unexpected.Count == 0
            && different.TrueForAll(text => text.StartsWith("classifier.", StringComparison.Ordinal) && text.Contains("(shape ", StringComparison.Ordinal));
        var error = new EgressException(
            EgressErrorId.WeightsMismatch,
            EgressErrorCategory.InvalidData,
            $"The weights in '{file.Path}' are not those of this model. {string.Join(" ", parts.OfType<string>())}",
            advice ?? (classes
                ? $"Give -ClassCount the number of classes that the weights were trained for{Trained(file)}."
                : "Give -Model the model that the weights were made from. Names have to be torchvision's."),
            file.Path);
        error.Data["Missing"] = missing.ToArray();
        error.Data["Unexpected"] = unexpected.ToArray();
        error.Data["Different"] = different.ToArray();
        return error;
    }

    private static string Trained(IWeightsFile file) =>
        (file.Find("classifier.4.bias") ?? file.Find("classifier.low_classifier.bias")) is { Shape: [var classes] }
            ? string.Create(CultureInfo.InvariantCulture, $": {classes}")
            : "";

    private static string? Describe(string kind, List<string> names) => names.Count == 0 ? null : string.Create(
        CultureInfo.InvariantCulture,
        $"{names.Count} {kind}: {string.Join(", ", names.Take(MostNamed).Select(Shorten))}{(names.Count > MostNamed ? ", …" : "")}.");

    /// <summary>A name comes from a file and may be anything.</summary>
    private static string Shorten(string name) => MalformedFileException.Printable(name);
}

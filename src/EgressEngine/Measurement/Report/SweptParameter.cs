using System.Globalization;

namespace Egress.Measurement.Report;

/// <summary>A setting that a sweep can vary, and how its values lie on an axis.</summary>
/// <param name="Name">Its name, as the cmdlets call it.</param>
/// <param name="Label">Its name on an axis.</param>
/// <param name="Number">Its value, where it is a number; null where it is not known.</param>
/// <param name="Text">Its value, where it is a name.</param>
internal sealed record SweptParameter(string Name, string Label, Func<ReportResult, int?>? Number, Func<ReportResult, string>? Text)
{
    /// <summary>All of them but the strategy, which every chart shows anyway.</summary>
    public static IReadOnlyList<SweptParameter> All { get; } =
    [
        new("BatchSize", "batch size", result => result.BatchSize, null),
        new("WorkerCount", "workers", result => result.WorkerCount, null),
        new("BufferCount", "buffers", result => result.BufferCount is > 0 ? result.BufferCount : null, null),
        new("LoaderCount", "loaders", result => result.LoaderCount, null),
        new("ImageSize", "picture size in pixels", result => result.ImageSize, null),
        new("SequenceLength", "tokens a sequence", result => result.SequenceLength, null),
        new("ClassCount", "classes", result => result.ClassCount, null),
        new("Precision", "precision", null, result => result.Precision),
        new("OutputKind", "output", null, result => result.OutputKind),
        new("Device", "device", null, result => result.Device),
        new("Model", "model", null, result => result.Model),
    ];

    /// <summary>Whether its values have an order and distances.</summary>
    public bool IsNumber => Number is not null;

    /// <summary>Whether it says what the work is, and not how it is done.</summary>
    public bool IsTask => !IsNumber || Name is "ImageSize" or "SequenceLength" or "ClassCount";

    /// <summary>
    /// Whether the results vary it. Buffers follow from workers and batch size where nobody sets them: they count as varied only where
    /// results differ in nothing else.
    /// </summary>
    public bool IsSwept(IEnumerable<ReportResult> results) => Name == "BufferCount"
        ? results.Where(result => Value(result) is not null)
            .GroupBy(result => (result.Task, result.Strategy, result.BatchSize, result.WorkerCount, result.LoaderCount))
            .Any(group => group.Select(Value).Distinct().Count() > 1)
        : results.Select(Value).Where(value => value is not null).Distinct().Count() > 1;

    /// <summary>Its value as text; null where a result has none.</summary>
    public string? Value(ReportResult result)
    {
        if (Number is not null)
        {
            return Number(result)?.ToString(CultureInfo.InvariantCulture);
        }

        var text = Text!(result);
        return text.Length == 0 ? null : text;
    }

    /// <summary>
    /// The places of its values on an axis. Numbers that span a factor of four or more lie on a logarithmic axis, as sweeps double
    /// them; names lie at equal distances in the order of their results.
    /// </summary>
    public IReadOnlyDictionary<string, double> Positions(IEnumerable<ReportResult> results)
    {
        if (Number is null)
        {
            return results.Select(Value).OfType<string>().Distinct().Select((value, index) => (value, index))
                .ToDictionary(pair => pair.value, pair => (double)pair.index);
        }

        var numbers = results.Select(Number).OfType<int>().Distinct().Order().ToList();
        var isLogarithmic = numbers.Count > 0 && numbers[0] > 0 && numbers[^1] >= 4L * numbers[0];
        return numbers.ToDictionary(
            number => number.ToString(CultureInfo.InvariantCulture), number => isLogarithmic ? Math.Log2(number) : number);
    }
}

using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Egress.Measurement.Sweeps;

/// <summary>
/// Results as tables and JSON hold them. Numbers are read whatever culture wrote them: results have no thousands separators, so that
/// a comma is a decimal's.
/// </summary>
public static class ThroughputRecord
{
    private static readonly PropertyInfo[] s_properties =
        [.. typeof(ThroughputResult).GetProperties().Where(property => property.PropertyType != typeof(ThroughputLimits))];

    /// <summary>The names of all columns.</summary>
    public static IReadOnlyList<string> Columns { get; } = [.. s_properties.Select(property => property.Name)];

    /// <summary>The columns without which a record is no result.</summary>
    public static IReadOnlyList<string> RequiredColumns { get; } =
    [
        nameof(ThroughputResult.Strategy), nameof(ThroughputResult.Model), nameof(ThroughputResult.Device), nameof(ThroughputResult.BatchSize),
        nameof(ThroughputResult.StepsPerSecond),
    ];

    /// <summary>A column's text, the same in every culture; null where there is no value.</summary>
    public static string? Text(ThroughputResult result, string column) =>
        s_properties.FirstOrDefault(property => property.Name == column)?.GetValue(result) switch
        {
            null => null,
            DateTimeOffset time => time.ToString("O", CultureInfo.InvariantCulture),
            IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
            var value => value.ToString(),
        };

    /// <summary>Makes a result of a record.</summary>
    /// <param name="value">Gives a column's value: a text, a number, a list; null where there is none.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ThroughputRecordInvalid"/>: a column is missing or no number.</exception>
    public static ThroughputResult Read(Func<string, object?> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var fields = new Fields(value);
        var failed = fields.Text(nameof(ThroughputResult.Status)) == ThroughputStatus.Failed;
        return new ThroughputResult
        {
            Workload = fields.Text(nameof(ThroughputResult.Workload)) ?? "Segmentation",
            Strategy = fields.Required(nameof(ThroughputResult.Strategy)),
            Model = fields.Required(nameof(ThroughputResult.Model)),
            Device = fields.Required(nameof(ThroughputResult.Device)),
            Precision = fields.Text(nameof(ThroughputResult.Precision)) ?? "Float32",
            OutputKind = fields.Text(nameof(ThroughputResult.OutputKind)) ?? "Logits",
            BatchSize = fields.Whole(nameof(ThroughputResult.BatchSize)),
            ImageSize = fields.Whole(nameof(ThroughputResult.ImageSize)),
            SequenceLength = fields.Whole(nameof(ThroughputResult.SequenceLength)),
            ClassCount = fields.Whole(nameof(ThroughputResult.ClassCount)),
            WorkerCount = fields.Whole(nameof(ThroughputResult.WorkerCount)),
            BufferCount = fields.Whole(nameof(ThroughputResult.BufferCount)),
            LoaderCount = fields.Whole(nameof(ThroughputResult.LoaderCount)),
            Weights = fields.Text(nameof(ThroughputResult.Weights)),
            Steps = fields.Whole(nameof(ThroughputResult.Steps)),
            Status = failed ? ThroughputStatus.Failed : ThroughputStatus.Measured,
            Repeat = fields.Whole(nameof(ThroughputResult.Repeat)),
            StepsPerSecond = fields.Number(nameof(ThroughputResult.StepsPerSecond))
                ?? (failed ? null : throw Fields.Invalid(nameof(ThroughputResult.StepsPerSecond), null)),
            ConfidenceLow = fields.Number(nameof(ThroughputResult.ConfidenceLow)),
            ConfidenceHigh = fields.Number(nameof(ThroughputResult.ConfidenceHigh)),
            Samples = fields.Samples(nameof(ThroughputResult.Samples)),
            Noise = fields.Number(nameof(ThroughputResult.Noise)),
            IsNoisy = fields.Flag(nameof(ThroughputResult.IsNoisy)),
            IsStable = fields.Flag(nameof(ThroughputResult.IsStable)),
            ImagesPerSecond = fields.Number(nameof(ThroughputResult.ImagesPerSecond)),
            EgressGBPerSecond = fields.Number(nameof(ThroughputResult.EgressGBPerSecond)),
            StepMilliseconds = fields.Number(nameof(ThroughputResult.StepMilliseconds)),
            P90Milliseconds = fields.Number(nameof(ThroughputResult.P90Milliseconds)),
            P95Milliseconds = fields.Number(nameof(ThroughputResult.P95Milliseconds)),
            P99Milliseconds = fields.Number(nameof(ThroughputResult.P99Milliseconds)),
            Speedup = fields.Number(nameof(ThroughputResult.Speedup)),
            LimitStepsPerSecond = fields.Number(nameof(ThroughputResult.LimitStepsPerSecond)),
            LimitedBy = fields.Text(nameof(ThroughputResult.LimitedBy)),
            Efficiency = fields.Number(nameof(ThroughputResult.Efficiency)),
            Limits = fields.Limits(),
            Advice = fields.Text(nameof(ThroughputResult.Advice)),
            HostMemoryBytes = (long?)fields.Number(nameof(ThroughputResult.HostMemoryBytes)),
            DeviceMemoryBytes = (long?)fields.Number(nameof(ThroughputResult.DeviceMemoryBytes)),
            Verified = fields.Flag(nameof(ThroughputResult.Verified)),
            ErrorId = fields.Text(nameof(ThroughputResult.ErrorId)),
            Error = fields.Text(nameof(ThroughputResult.Error)),
            Machine = fields.Text(nameof(ThroughputResult.Machine)) ?? "",
            MeasuredAt = fields.Time(nameof(ThroughputResult.MeasuredAt)),
        };
    }

    private readonly struct Fields(Func<string, object?> value)
    {
        public static EgressException Invalid(string column, object? found) => new(
            EgressErrorId.ThroughputRecordInvalid,
            EgressErrorCategory.InvalidData,
            found is null ? $"A result has no {column}." : $"A result's {column} is '{found}'.",
            "Give results of Measure-EgressThroughput, or what Export-Csv or ConvertTo-Json made of them.",
            column);

        public string? Text(string column) => value(column)?.ToString() is { Length: > 0 } text ? text : null;

        public string Required(string column) => Text(column) ?? throw Invalid(column, null);

        public double? Number(string column)
        {
            var found = value(column);
            if (found is null or "")
            {
                return null;
            }

            if (found is not string and IConvertible number)
            {
                return number.ToDouble(CultureInfo.InvariantCulture);
            }

            return double.TryParse(found.ToString()!.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed)
                ? parsed
                : throw Invalid(column, found);
        }

        public int Whole(string column) => Number(column) is not { } number
            ? 0
            : number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue ? (int)number : throw Invalid(column, number);

        public bool? Flag(string column) => value(column) switch
        {
            null or "" => null,
            bool flag => flag,
            var found => bool.TryParse(found.ToString(), out var flag) ? flag : throw Invalid(column, found),
        };

        public DateTimeOffset Time(string column) => value(column) switch
        {
            DateTimeOffset time => time,
            DateTime time => time,
            string text when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var time) => time,
            string text when DateTimeOffset.TryParse(text, CultureInfo.CurrentCulture, out var time) => time,
            _ => default,
        };

        public ThroughputSamples? Samples(string column)
        {
            var fields = this;
            return value(column) switch
            {
                null or "" => null,
                string text => new ThroughputSamples(text.Split(' ').Select(part => new Fields(_ => part).Number(column)!.Value)),
                IEnumerable list => new ThroughputSamples(list.Cast<object>().Select(part => new Fields(_ => part).Number(column)!.Value)),

                // A list of one that PowerShell has unwrapped.
                _ => new ThroughputSamples([fields.Number(column)!.Value]),
            };
        }

        public ThroughputLimits? Limits() =>
            Number(nameof(ThroughputResult.LimitCompute)) is { } compute
            && Number(nameof(ThroughputResult.LimitCopyOut)) is { } copyOut
            && Number(nameof(ThroughputResult.LimitCopyIn)) is { } copyIn
            && Number(nameof(ThroughputResult.LimitProcessing)) is { } processing
            && Number(nameof(ThroughputResult.LimitInput)) is { } input
                ? new ThroughputLimits(compute, copyOut, copyIn, processing, input)
                : null;
    }
}

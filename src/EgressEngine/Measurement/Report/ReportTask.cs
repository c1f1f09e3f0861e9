namespace Egress.Measurement.Report;

/// <summary>
/// Results that differ in how the work was done and not in the work: the same network in the same precision on the same device, whose
/// outputs are the same. Only these can be set side by side.
/// </summary>
/// <param name="Results">The results with a throughput.</param>
internal sealed record ReportTask(IReadOnlyList<ReportResult> Results)
{
    /// <summary>The most tasks that get charts of their own.</summary>
    public const int MaxTasks = 4;

    /// <summary>Finds the tasks, that of the most results first.</summary>
    public static IReadOnlyList<ReportTask> Find(IEnumerable<ReportResult> results) =>
    [
        .. results.Where(result => result.IsMeasured)
            .GroupBy(result => result.Task)
            .Select(task => new ReportTask([.. task]))
            .OrderByDescending(task => task.Results.Count)
            .ThenByDescending(task => task.Results.Max(result => result.ImagesPerSecond ?? result.StepsPerSecond)),
    ];

    /// <summary>The task in words.</summary>
    public string Description
    {
        get
        {
            var first = Results[0];
            string?[] parts =
            [
                first.Model,
                first.ImageSize is { } size ? $"{size} × {size}" : null,
                first.SequenceLength is { } length ? $"{length} tokens" : null,
                first.Precision,
                first.OutputKind,
                first.Device,
            ];
            return string.Join(" · ", parts.Where(part => !string.IsNullOrEmpty(part)));
        }
    }

    /// <summary>The name of a task's chart, with the task's number where there are several.</summary>
    public static string ChartName(string name, int index, int count) => count == 1 ? name : $"{name}-{index + 1}";
}

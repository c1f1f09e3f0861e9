namespace Egress.Measurement.Report;

/// <summary>The throughput that a chart shows: steps where all steps are alike, and pictures where batches differ in size.</summary>
/// <param name="Label">Its name and unit.</param>
/// <param name="Of">Its value; the result must be measured.</param>
internal sealed record ChartRate(string Label, Func<ReportResult, double> Of)
{
    public static ChartRate For(IReadOnlyCollection<ReportResult> measured) =>
        measured.Select(result => result.BatchSize).Distinct().Count() > 1
            ? new($"{Items(measured)} per second", result => result.ImagesPerSecond ?? (result.StepsPerSecond!.Value * (result.BatchSize ?? 1)))
            : new("steps per second", result => result.StepsPerSecond!.Value);

    private static string Items(IEnumerable<ReportResult> measured) =>
        measured.All(result => result.Workload == "Segmentation") ? "pictures" : "items";
}

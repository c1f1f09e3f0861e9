using System.Management.Automation;
using Egress.Backend;
using Egress.Measurement;
using Egress.Measurement.Report;
using Egress.Pipeline;

namespace Egress.Cmdlets.Support;

/// <summary>The report of a sweep, while that runs: its timelines are recorded, and at the end its files are written.</summary>
/// <param name="command">The cmdlet that sweeps.</param>
/// <param name="output">Where the report goes.</param>
/// <param name="timelineSteps">Steps of each timeline; 0: none are recorded.</param>
internal sealed class SweepReport(EgressCommand command, ReportOutput output, int timelineSteps)
{
    private readonly TimelineRecording _recording = new(timelineSteps);

    /// <summary>A report, or null where none was asked for.</summary>
    /// <param name="command">The cmdlet that sweeps.</param>
    /// <param name="path">Full path of the HTML file; null for none.</param>
    /// <param name="plotPath">Full path for the charts; null for none.</param>
    /// <param name="timelineSteps">Steps of each timeline; 0: none are recorded.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OutputWriteFailed"/>: a place takes no files.</exception>
    public static SweepReport? Create(EgressCommand command, string? path, string? plotPath, int timelineSteps) =>
        path is null && plotPath is null ? null : new SweepReport(command, new ReportOutput(path, plotPath), timelineSteps);

    /// <summary>Records some steps of a configuration that was just measured. A failure costs the timeline and nothing else.</summary>
    /// <param name="result">Its result.</param>
    /// <param name="observe">Runs so many steps of it under an observer.</param>
    public void Record(ThroughputResult result, Action<IPipelineObserver, int> observe)
    {
        if (timelineSteps == 0)
        {
            return;
        }

        try
        {
            _recording.Record(result, observe);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
        catch (Exception error)
        {
            command.WriteWarning($"The report has no timeline of {ThroughputConfiguration.Of(result)}: {error.Message}");
        }
    }

    /// <summary>Writes the files. What cannot be written is an error; the results are out by then.</summary>
    /// <param name="results">All results.</param>
    /// <param name="title">The report's title.</param>
    public void Write(IEnumerable<ThroughputResult> results, string title)
    {
        var rows = results.Select(ReportResult.Of).ToList();
        if (rows.Count == 0)
        {
            return;
        }

        try
        {
            var report = new ThroughputReport(rows, ReportCall.Describe(command, DateTimeOffset.Now), title);
            output.Write(report, BackendLoader.Load().ChartRenderer, error => command.WriteError(ErrorRecords.From(error)));
        }
        catch (EgressException error)
        {
            command.WriteError(ErrorRecords.From(error));
        }
    }
}

using System.Management.Automation;
using Egress.Backend;
using Egress.Cmdlets.Support;
using Egress.Measurement;
using Egress.Measurement.Report;

namespace Egress.Cmdlets.Commands;

/// <summary>
/// <para>Writes results of Measure-EgressThroughput as a report: one HTML file with charts, tables and the environment, and the charts as
/// picture files. Results may come from a file, by way of Import-Csv or ConvertFrom-Json.</para>
/// </summary>
[Cmdlet(VerbsData.Export, "EgressReport", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportEgressReportCommand : EgressCommand
{
    private readonly List<ThroughputResult> _results = [];
    private ReportOutput? _output;

    /// <summary>The results, of Measure-EgressThroughput or of a file that holds some.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PSObject InputObject { get; set; } = null!;

    /// <summary>The HTML file; one that exists is replaced.</summary>
    [Parameter(Position = 0)]
    [Alias("ReportPath")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>
    /// A folder that takes the charts as SVG and as PNG, or a file that ends in .svg or .png: then they are written in that format, each
    /// with its name added to the file's.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PlotPath { get; set; }

    /// <summary>The report's title.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Title { get; set; } = ReportCall.DefaultTitle;

    /// <summary>Gives the files that were written.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Path is null && PlotPath is null)
        {
            Fail(new EgressException(
                EgressErrorId.OptionInvalid,
                EgressErrorCategory.InvalidArgument,
                "The report has nowhere to go.",
                "Name an HTML file with -Path, a place for the charts with -PlotPath, or both."));
        }

        if (ShouldProcess(Path ?? PlotPath!, "Write a report"))
        {
            _output = Do(() => new ReportOutput(OptionalPath(Path), OptionalPath(PlotPath)));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            _results.Add(ReportCall.Read(InputObject));
        }
        catch (EgressException error)
        {
            // One bad row of a table does not cost the report of all the others.
            WriteError(new ErrorRecord(error, error.ErrorId, ErrorCategory.InvalidData, InputObject)
            {
                ErrorDetails = new ErrorDetails(error.Message) { RecommendedAction = error.Advice },
            });
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_output is null)
        {
            return;
        }

        if (_results.Count == 0)
        {
            Fail(new EgressException(
                EgressErrorId.ThroughputRecordInvalid,
                EgressErrorCategory.InvalidData,
                "There is no result to report.",
                "Pipe the objects of Measure-EgressThroughput, or what Import-Csv or ConvertFrom-Json made of them."));
        }

        // Only now, as the timeline of a result is recorded after that was handed out.
        var report = new ThroughputReport(_results.Select(ReportResult.Of), ReportCall.Describe(this, DateTimeOffset.Now), Title);
        var written = Do(() => _output.Write(report, BackendLoader.Load().ChartRenderer, error => WriteError(ErrorRecords.From(error))));
        if (PassThru)
        {
            WriteObject(written.Select(path => new FileInfo(path)), enumerateCollection: true);
        }
    }
}

using System.Text;

namespace Egress.Measurement.Report;

/// <summary>Where a report goes: an HTML file, picture files of its charts, or both.</summary>
public sealed class ReportOutput
{
    private readonly string? _path;
    private readonly PlotFiles? _plots;

    /// <summary>Checks that the places take files, before there is anything to write.</summary>
    /// <param name="path">Full path of the HTML file; null for none.</param>
    /// <param name="plotPath">Full path for pictures, as <see cref="PlotFiles"/> takes it; null for none.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OutputWriteFailed"/>.</exception>
    public ReportOutput(string? path, string? plotPath)
    {
        if (path is not null)
        {
            if (Directory.Exists(path))
            {
                throw new EgressException(
                    EgressErrorId.OutputWriteFailed,
                    EgressErrorCategory.WriteError,
                    $"'{path}' is a folder; a report is one file.",
                    "Name a file, such as report.html, for the report.",
                    path);
            }

            ReportFile.PrepareFolder(Path.GetDirectoryName(path) ?? "", "the report's path");
            _path = path;
        }

        if (plotPath is not null)
        {
            _plots = new PlotFiles(plotPath);
            ReportFile.PrepareFolder(_plots.Folder, "-PlotPath");
        }
    }

    /// <summary>Writes the files; one that fails does not keep the others from being written.</summary>
    /// <param name="report">The report.</param>
    /// <param name="renderer">Draws its charts.</param>
    /// <param name="failed">Told of each failure.</param>
    /// <returns>Full paths of what was written.</returns>
    public IReadOnlyList<string> Write(ThroughputReport report, IChartRenderer renderer, Action<EgressException> failed)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(failed);
        var written = new List<string>();
        if (_path is not null)
        {
            try
            {
                ReportFile.Write(_path, Encoding.UTF8.GetBytes(new HtmlReport(report, renderer).Write()));
                written.Add(_path);
            }
            catch (EgressException error)
            {
                failed(error);
            }
        }

        if (_plots is not null)
        {
            written.AddRange(_plots.Write(report.Charts, renderer, failed));
        }

        return written;
    }
}

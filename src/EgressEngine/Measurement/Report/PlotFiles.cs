using System.Text;

namespace Egress.Measurement.Report;

/// <summary>Writes a report's charts as picture files.</summary>
public sealed class PlotFiles
{
    private const int Width = 920;
    private const double PixelsPerUnit = 2;

    private readonly string _folder;
    private readonly string _prefix;
    private readonly IReadOnlyList<string> _extensions;

    /// <param name="path">
    /// Full path of a folder, for each chart both as <c>NAME.svg</c> and <c>NAME.png</c>; or of a file that ends in <c>.svg</c> or
    /// <c>.png</c>, for each chart in that format only, with its name added: <c>sweep.svg</c> gives <c>sweep-strategies.svg</c>.
    /// </param>
    public PlotFiles(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var extension = Path.GetExtension(path).ToLowerInvariant();
        if (extension is ".svg" or ".png" && !Directory.Exists(path))
        {
            _folder = Path.GetDirectoryName(path) ?? "";
            _prefix = Path.GetFileNameWithoutExtension(path) + "-";
            _extensions = [extension];
        }
        else
        {
            _folder = path;
            _prefix = "";
            _extensions = [".svg", ".png"];
        }
    }

    /// <summary>The folder that the files lie in.</summary>
    public string Folder => _folder;

    /// <summary>The path of a chart's file.</summary>
    public string PathFor(Chart chart, string extension)
    {
        ArgumentNullException.ThrowIfNull(chart);
        return Path.Combine(_folder, _prefix + chart.Name + extension);
    }

    /// <summary>Writes the charts.</summary>
    /// <param name="charts">The charts.</param>
    /// <param name="renderer">Draws them.</param>
    /// <param name="failed">Told of each file that could not be made; the others are made all the same.</param>
    /// <returns>The paths of the files.</returns>
    public IReadOnlyList<string> Write(IEnumerable<Chart> charts, IChartRenderer renderer, Action<EgressException> failed)
    {
        ArgumentNullException.ThrowIfNull(charts);
        ArgumentNullException.ThrowIfNull(renderer);
        ArgumentNullException.ThrowIfNull(failed);
        var written = new List<string>();
        var all = charts.ToList();
        foreach (var extension in _extensions)
        {
            foreach (var chart in all)
            {
                var path = PathFor(chart, extension);
                try
                {
                    ReportFile.Write(path, extension == ".png" ? renderer.DrawPng(chart, Width, PixelsPerUnit) : Svg(chart, renderer));
                    written.Add(path);
                }
                catch (EgressException error) when (error.ErrorId == EgressErrorId.FontNotFound)
                {
                    // No chart of this kind will do better.
                    failed(error);
                    break;
                }
                catch (EgressException error)
                {
                    failed(error);
                }
            }
        }

        return written;
    }

    /// <summary>A drawing that stands alone follows the reader's system too, where its viewer does.</summary>
    private static byte[] Svg(Chart chart, IChartRenderer renderer)
    {
        var drawing = renderer.DrawSvg(chart, Width, withTitle: true);
        var start = drawing.IndexOf('>', StringComparison.Ordinal) + 1;
        return Encoding.UTF8.GetBytes(string.Concat(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n", drawing.AsSpan(0, start),
            $"<title>{System.Security.SecurityElement.Escape(HtmlElement.Clean(chart.Alternative))}</title><style>{ReportStyle.DarkDrawing}</style>",
            drawing.AsSpan(start)));
    }
}

using Egress.Output;
using Egress.Output.Stores;

namespace Egress.Measurement.Report;

/// <summary>Writes the files of a report: whole or not at all, replacing older ones.</summary>
public static class ReportFile
{
    /// <summary>Makes the folder of a file if need be and checks that it takes files: before a sweep, and not after hours of it.</summary>
    /// <param name="folder">Full path of the folder.</param>
    /// <param name="parameter">The parameter that named it, for the advice.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OutputWriteFailed"/>.</exception>
    public static void PrepareFolder(string folder, string parameter)
    {
        try
        {
            Directory.CreateDirectory(folder);
            using var probe = new AtomicFile(Path.Combine(folder, "probe"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Failure(folder, $"'{folder}' takes no files: {error.Message}", parameter, error);
        }
    }

    /// <summary>Writes a file.</summary>
    /// <param name="path">Its full path; a file of that name is replaced.</param>
    /// <param name="content">Its content.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OutputWriteFailed"/>.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            using var file = new AtomicFile(path);
            file.Stream.Write(content);
            file.Commit(replace: true);
        }
        catch (Exception error) when (StoreFault.IsOne(error))
        {
            throw Failure(path, $"'{path}' could not be written: {error.Message}", "-Path, -ReportPath or -PlotPath", error);
        }
    }

    private static EgressException Failure(string path, string message, string parameter, Exception error) => new(
        EgressErrorId.OutputWriteFailed,
        StoreFault.CategoryOf(error),
        message,
        $"Name a place that this account may write to with {parameter}.",
        path,
        error);
}

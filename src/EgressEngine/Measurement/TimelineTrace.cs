using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Egress.Pipeline;

namespace Egress.Measurement;

/// <summary>
/// Writes what the stages do as a timeline that chrome://tracing and Perfetto open: a track a thread, a slice a piece of work or a
/// wait, each with its batch. The format is Google's Trace Event Format in its array form, which stays readable where the end is
/// missing because the process was killed.
/// </summary>
public sealed class TimelineTrace : IPipelineObserver, IDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<int> _tracks = [];
    private readonly StreamWriter _writer;
    private readonly long _originTicks = Stopwatch.GetTimestamp();
    private bool _disposed;

    /// <param name="path">Full path of the file; one that exists is replaced.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OutputWriteFailed"/>.</exception>
    public TimelineTrace(string path)
    {
        try
        {
            _writer = new StreamWriter(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EgressException(
                EgressErrorId.OutputWriteFailed,
                error is UnauthorizedAccessException ? EgressErrorCategory.PermissionDenied : EgressErrorCategory.WriteError,
                $"The timeline '{path}' could not be written: {error.Message}",
                "Name a file in a folder that exists and takes files with -TracePath.",
                path,
                error);
        }

        _writer.Write("[\n{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{\"name\":\"Egress\"}}");
    }

    /// <inheritdoc/>
    public void BeforeStep(long index, CancellationToken cancellationToken)
    {
    }

    /// <inheritdoc/>
    public void StageEnded(PipelineStage stage, long batch, long startTicks, long endTicks)
    {
        var track = Environment.CurrentManagedThreadId;
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            if (_tracks.Add(track))
            {
                var name = JsonEncodedText.Encode(Thread.CurrentThread.Name ?? "thread");
                _writer.Write(string.Create(
                    CultureInfo.InvariantCulture,
                    $",\n{{\"ph\":\"M\",\"pid\":1,\"tid\":{track},\"name\":\"thread_name\",\"args\":{{\"name\":\"{name}\"}}}}"));
            }

            _writer.Write(string.Create(
                CultureInfo.InvariantCulture,
                $",\n{{\"ph\":\"X\",\"pid\":1,\"tid\":{track},\"name\":\"{stage}\",\"cat\":\"{Category(stage)}\",\"ts\":{Microseconds(_originTicks, startTicks):0.###},\"dur\":{Microseconds(startTicks, endTicks):0.###},\"args\":{{\"batch\":{batch}}}}}"));
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _disposed = true;
                _writer.Write("\n]\n");
                _writer.Dispose();
            }
        }
    }

    private static string Category(PipelineStage stage) =>
        stage is PipelineStage.WaitInput or PipelineStage.WaitBuffer or PipelineStage.WaitWorker ? "wait" : "work";

    private static double Microseconds(long start, long end) => Stopwatch.GetElapsedTime(start, end).TotalMicroseconds;
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Egress.Devices;
using Egress.Output.Stores;
using Egress.Pipeline;

namespace Egress.Measurement;

/// <summary>
/// Writes what the stages and the devices do as a timeline that chrome://tracing and Perfetto open: a process of the engine's
/// threads, a process a device with a track each for compute and the copies in and out, a slice a piece of work or a wait, each with
/// its batch. All is on one time axis; where a device's track is empty, the device was idle. The format is Google's Trace Event
/// Format in its array form, which stays readable where the end is missing because the process was killed.
/// </summary>
public sealed class TimelineTrace : IDeviceWorkObserver, IDisposable
{
    private const int EngineProcess = 1;

    private readonly Lock _lock = new();
    private readonly HashSet<int> _threads = [];
    private readonly Dictionary<IDevice, int> _devices = [];
    private readonly Dictionary<(int Process, DeviceWork Work), long> _deviceEnds = [];
    private readonly StreamWriter _writer;
    private readonly long _originTicks = Stopwatch.GetTimestamp();
    private bool _disposed;

    /// <param name="path">Full path of the file; a timeline that exists is replaced, and nothing else.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OutputWriteFailed"/>.</exception>
    public TimelineTrace(string path)
    {
        try
        {
            RequireTimeline(path);
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

        Write("[");
        WriteProcess(EngineProcess, "Egress");
    }

    /// <summary>Throws where something else is there: a picture whose path was given by mistake would be lost.</summary>
    private static void RequireTimeline(string path)
    {
        if (new FileInfo(path) is not { Exists: true, Length: > 0 })
        {
            return;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.ReadByte() is >= 0 and not '[')
        {
            throw new IOException("the file that is there is no timeline, and is not replaced.");
        }
    }

    /// <summary>Why the file is not complete, or null. What is timed goes on.</summary>
    public string? Problem { get; private set; }

    /// <inheritdoc/>
    public void BeforeStep(long index, CancellationToken cancellationToken)
    {
    }

    /// <inheritdoc/>
    public void StageEnded(PipelineStage stage, long batch, long startTicks, long endTicks)
    {
        var thread = Environment.CurrentManagedThreadId;
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            if (_threads.Add(thread))
            {
                WriteTrack(EngineProcess, thread, Thread.CurrentThread.Name ?? "thread");
            }

            WriteSlice(EngineProcess, thread, stage.ToString(), IsWait(stage) ? "wait" : "work", batch, startTicks, endTicks);
        }
    }

    /// <inheritdoc/>
    public void DeviceWorkEnded(IDevice device, DeviceWork work, long batch, long startTicks, long endTicks)
    {
        ArgumentNullException.ThrowIfNull(device);
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            if (!_devices.TryGetValue(device, out var process))
            {
                process = EngineProcess + 1 + _devices.Count;
                _devices.Add(device, process);
                WriteProcess(process, device.Name);
                foreach (var track in Enum.GetValues<DeviceWork>())
                {
                    WriteTrack(process, Track(track), Name(track));
                }
            }

            // Setting a GPU's clock right may make neighbours overlap by microseconds, which viewers would take for nesting.
            var start = Math.Max(startTicks, _deviceEnds.GetValueOrDefault((process, work)));
            var end = Math.Max(start, endTicks);
            _deviceEnds[(process, work)] = end;
            WriteSlice(process, Track(work), Name(work), "device", batch, start, end);
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
                Write("\n]\n");
                Attempt(_writer.Dispose);
            }
        }
    }

    private static bool IsWait(PipelineStage stage) =>
        stage is PipelineStage.WaitInput or PipelineStage.WaitBuffer or PipelineStage.WaitWorker;

    private static string Name(DeviceWork work) => work switch
    {
        DeviceWork.Compute => "compute",
        DeviceWork.CopyIn => "copy in",
        _ => "copy out",
    };

    // Viewers take thread 0 for the idle one.
    private static int Track(DeviceWork work) => (int)work + 1;

    private static double Microseconds(long start, long end) => Stopwatch.GetElapsedTime(start, end).TotalMicroseconds;

    private void Write(string text)
    {
        if (Problem is null)
        {
            Attempt(() => _writer.Write(text));
        }
    }

    private void Attempt(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (StoreFault.IsOne(error))
        {
            Problem ??= error.Message;
        }
    }

    private void WriteProcess(int process, string name)
    {
        // The first entry has no comma before it.
        var separator = process == EngineProcess ? "" : ",";
        Write(string.Create(
            CultureInfo.InvariantCulture,
            $"{separator}\n{{\"ph\":\"M\",\"pid\":{process},\"name\":\"process_name\",\"args\":{{\"name\":\"{JsonEncodedText.Encode(name)}\"}}}},\n{{\"ph\":\"M\",\"pid\":{process},\"name\":\"process_sort_index\",\"args\":{{\"sort_index\":{process}}}}}"));
    }

    private void WriteTrack(int process, int track, string name) => Write(string.Create(
        CultureInfo.InvariantCulture,
        $",\n{{\"ph\":\"M\",\"pid\":{process},\"tid\":{track},\"name\":\"thread_name\",\"args\":{{\"name\":\"{JsonEncodedText.Encode(name)}\"}}}}"));

    private void WriteSlice(int process, int track, string name, string category, long batch, long startTicks, long endTicks) => Write(string.Create(
        CultureInfo.InvariantCulture,
        $",\n{{\"ph\":\"X\",\"pid\":{process},\"tid\":{track},\"name\":\"{name}\",\"cat\":\"{category}\",\"ts\":{Microseconds(_originTicks, startTicks):0.###},\"dur\":{Microseconds(startTicks, endTicks):0.###},\"args\":{{\"batch\":{batch}}}}}"));
}

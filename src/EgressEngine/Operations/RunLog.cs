using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Egress.Output.Stores;
using Egress.Runtime;

namespace Egress.Operations;

/// <summary>
/// A log of one JSON object a line. Lines are appended whole, each by one call to the system, so that any number of processes may
/// write to one file, a reader never sees half a line, and a killed process leaves every event that it has reported. Any thread
/// may write. Writing never fails: a log on a full disk must not end the run that it is about; <see cref="Problem"/> tells.
/// </summary>
public sealed class RunLog : IDisposable
{
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly byte[] s_newLine = [(byte)'\n'];

    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private readonly FileStream _file;
    private readonly string _runId;
    private readonly TimeProvider _clock;
    private bool _disposed;

    /// <summary>Opens the log, behind what it holds already.</summary>
    /// <param name="path">Full path of the file; a device such as <c>/dev/stderr</c> or a pipe serves as well.</param>
    /// <param name="runId">The run that the events belong to.</param>
    /// <param name="clock">Gives the events' times, or null for the system's clock.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.LogNotWritable"/>.</exception>
    public RunLog(string path, string runId, TimeProvider? clock = null)
    {
        Path = path;
        _runId = runId;
        _clock = clock ?? TimeProvider.System;
        try
        {
            _file = new FileStream(Libc.OpenForAppending(path), FileAccess.Write, bufferSize: 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new EgressException(
                EgressErrorId.LogNotWritable,
                error is UnauthorizedAccessException ? EgressErrorCategory.PermissionDenied : EgressErrorCategory.WriteError,
                $"The log '{path}' could not be opened: {error.Message}",
                "Name a file in a folder that exists and takes files with -LogPath.",
                path,
                error);
        }
    }

    /// <summary>Full path of the file.</summary>
    public string Path { get; }

    /// <summary>Why events are missing from the log, or null.</summary>
    public string? Problem { get; private set; }

    /// <summary>Appends an event.</summary>
    /// <param name="level">How much it matters.</param>
    /// <param name="name">One of <see cref="RunLogEvent"/>.</param>
    /// <param name="fields">What else is known. A field whose value is null is left out.</param>
    public void Write(RunLogLevel level, string name, params ReadOnlySpan<(string Name, object? Value)> fields)
    {
        lock (_lock)
        {
            if (_disposed || Problem is not null)
            {
                return;
            }

            _line.ResetWrittenCount();
            using (var json = new Utf8JsonWriter(_line, s_json))
            {
                json.WriteStartObject();
                json.WriteString("time", _clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", null));
                json.WriteString("level", Name(level));
                json.WriteString("event", name);
                json.WriteString("run", _runId);
                json.WriteString("host", Environment.MachineName);
                json.WriteNumber("process", Environment.ProcessId);
                foreach (var (key, value) in fields)
                {
                    WriteField(json, key, value);
                }

                json.WriteEndObject();
            }

            _line.Write(s_newLine);
            Append();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _disposed = true;
                _file.Dispose();
            }
        }
    }

    private void Append()
    {
        try
        {
            _file.Write(_line.WrittenSpan);
        }
        catch (Exception error) when (StoreFault.IsOne(error))
        {
            // What follows could be half a line, or lines with a gap that nobody sees: better none.
            Problem = error.Message;
        }
    }

    private static string Name(RunLogLevel level) => level switch
    {
        RunLogLevel.Warning => "warning",
        RunLogLevel.Error => "error",
        _ => "info",
    };

    private static void WriteField(Utf8JsonWriter json, string name, object? value)
    {
        if (value is null)
        {
            return;
        }

        json.WritePropertyName(name);
        switch (value)
        {
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(Math.Round(number, 6));
                break;
            case TimeSpan duration:
                json.WriteNumberValue(Math.Round(duration.TotalSeconds, 6));
                break;
            case IEnumerable<KeyValuePair<string, long>> counts:
                json.WriteStartObject();
                foreach (var (key, count) in counts)
                {
                    json.WriteNumber(key, count);
                }

                json.WriteEndObject();
                break;
            default:
                // As UTF-8, because the writer refuses what is no valid UTF-16, and a file's name may be.
                json.WriteStringValue(Encoding.UTF8.GetBytes(value.ToString() ?? ""));
                break;
        }
    }
}

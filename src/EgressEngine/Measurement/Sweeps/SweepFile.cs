using System.Text;
using Egress.Output.Stores;

namespace Egress.Measurement.Sweeps;

/// <summary>
/// The file that a sweep goes on from where it was stopped: a table of results, each written as soon as it is measured. It is what
/// Export-Csv would have made of them, and one that Export-Csv has made serves as well.
/// </summary>
public sealed class SweepFile : IDisposable
{
    private static readonly HashSet<string> s_open = [];

    private readonly Dictionary<(ThroughputConfiguration, int Steps), ThroughputResult> _measured = [];
    private readonly FileStream _stream;
    private readonly IReadOnlyList<string> _columns;

    /// <summary>Opens the file, or makes it, and reads what was measured. A record that was cut off is taken away.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.SweepFileInvalid"/>: it holds something else, and is left as it
    /// is; <see cref="EgressErrorId.OutputWriteFailed"/>: it cannot be opened for writing.</exception>
    public SweepFile(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        Path = path;
        try
        {
            _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        }
        catch (Exception error) when (StoreFault.IsOne(error))
        {
            throw Unwritable(error);
        }

        var locked = false;
        try
        {
            locked = Lock();
            _columns = Read();
        }
        catch (Exception error)
        {
            if (locked)
            {
                Dispose();
            }

            _stream.Dispose();
            if (error is IOException)
            {
                throw Unwritable(error);
            }

            throw;
        }
    }

    /// <summary>Full path of the file.</summary>
    public string Path { get; }

    /// <summary>Configurations that were measured.</summary>
    public int Count => _measured.Values.Distinct().Count();

    /// <summary>What a configuration's measurement gave; null where it was not measured, with so many steps, or failed.</summary>
    public ThroughputResult? Find(ThroughputConfiguration configuration, int steps) =>
        _measured.GetValueOrDefault((configuration, steps));

    /// <summary>Adds a result; when this returns the system has it.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OutputWriteFailed"/>.</exception>
    public void Append(ThroughputResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        Write(CsvText.Line(_columns.Select(column => ThroughputRecord.Text(result, column))));
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        lock (s_open)
        {
            s_open.Remove(Path);
        }
    }

    /// <summary>
    /// Keeps other sweeps from writing the file, and lets everybody read it. The system's lock keeps off other processes only.
    /// </summary>
    private bool Lock()
    {
        lock (s_open)
        {
            if (!s_open.Add(Path))
            {
                throw new IOException("Another sweep of this process writes it.");
            }
        }

        try
        {
            if (OperatingSystem.IsLinux())
            {
                _stream.Lock(0, 1);
            }

            return true;
        }
        catch
        {
            lock (s_open)
            {
                s_open.Remove(Path);
            }

            throw;
        }
    }

    private IReadOnlyList<string> Read()
    {
        using var reader = new StreamReader(_stream, Encoding.UTF8, leaveOpen: true);
        var text = reader.ReadToEnd();
        var records = CsvText.Read(text, out var complete);
        if (records.Count == 0)
        {
            if (text.Length > 0 && !string.IsNullOrWhiteSpace(text[complete..]) && !IsStartOfHeader(text))
            {
                throw Invalid("it is no table");
            }

            _stream.SetLength(0);
            Write(CsvText.Line(ThroughputRecord.Columns));
            return ThroughputRecord.Columns;
        }

        var columns = records[0];
        if (ThroughputRecord.RequiredColumns.Except(columns, StringComparer.OrdinalIgnoreCase).FirstOrDefault() is { } missing)
        {
            throw Invalid($"it has no column {missing}");
        }

        foreach (var record in records.Skip(1))
        {
            Add(columns, record);
        }

        if (complete < text.Length)
        {
            _stream.SetLength(Encoding.UTF8.GetByteCount(text.AsSpan(0, complete)) + Preamble());
        }

        _stream.Seek(0, SeekOrigin.End);
        return columns;
    }

    private void Add(string[] columns, string[] record)
    {
        ThroughputResult result;
        try
        {
            result = ThroughputRecord.Read(name =>
            {
                var column = Array.FindIndex(columns, column => column.Equals(name, StringComparison.OrdinalIgnoreCase));
                return column >= 0 && column < record.Length ? record[column] : null;
            });
        }
        catch (EgressException error)
        {
            throw Invalid(error.Message, error);
        }

        // The last word counts: a configuration that failed is tried again and may be there twice.
        var configuration = ThroughputConfiguration.Of(result);
        foreach (var key in new[] { configuration, WithoutClasses(configuration) })
        {
            if (result.Status == ThroughputStatus.Measured)
            {
                _measured[(key, result.Steps)] = result;
            }
            else
            {
                _measured.Remove((key, result.Steps));
            }
        }
    }

    /// <summary>As a program's configuration is before the program was asked how many classes it has.</summary>
    private static ThroughputConfiguration WithoutClasses(ThroughputConfiguration configuration) => configuration with { ClassCount = 0 };

    private int Preamble()
    {
        var start = new byte[3];
        _stream.Seek(0, SeekOrigin.Begin);
        return _stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.AsSpan().SequenceEqual(Encoding.UTF8.Preamble) ? start.Length : 0;
    }

    private static bool IsStartOfHeader(string text) =>
        CsvText.Line(ThroughputRecord.Columns).StartsWith(text, StringComparison.Ordinal);

    private void Write(string line)
    {
        try
        {
            _stream.Write(Encoding.UTF8.GetBytes(line));
            _stream.Flush(flushToDisk: true);
        }
        catch (Exception error) when (StoreFault.IsOne(error))
        {
            throw Unwritable(error);
        }
    }

    private EgressException Unwritable(Exception error) => new(
        EgressErrorId.OutputWriteFailed,
        StoreFault.CategoryOf(error),
        $"The sweep's file '{Path}' could not be written: {error.Message}",
        "Name a file with -Resume in a folder that exists and takes files, and that no other sweep writes.",
        Path,
        error);

    private EgressException Invalid(string reason, Exception? error = null) => new(
        EgressErrorId.SweepFileInvalid,
        EgressErrorCategory.InvalidData,
        $"'{Path}' holds no results of a sweep: {reason}.",
        "Name the file of a sweep, or one that does not exist yet, with -Resume. The file was left as it is.",
        Path,
        error);
}

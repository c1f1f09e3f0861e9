namespace Egress.Backend.Vectors.DuckDb;

/// <summary>
/// The database files that this process writes to. The runs that do share a database, which takes their batches one after the other; and
/// a query of the same process has to open the file as they did.
/// </summary>
internal sealed class DuckDbFiles : IDisposable
{
    private static readonly Dictionary<string, Entry> s_entries = new(StringComparer.Ordinal);

    private readonly string _path;
    private readonly Entry _entry;
    private bool _isDisposed;

    private DuckDbFiles(string path, Entry entry) => (_path, _entry) = (path, entry);

    /// <summary>Held while a batch is written.</summary>
    public Lock Gate => _entry.Gate;

    /// <summary>Notes that a run writes to a file, until it is disposed of.</summary>
    public static DuckDbFiles Enter(string path)
    {
        lock (s_entries)
        {
            if (!s_entries.TryGetValue(path, out var entry))
            {
                s_entries[path] = entry = new Entry();
            }

            entry.Runs++;
            return new DuckDbFiles(path, entry);
        }
    }

    /// <summary>Whether a run of this process writes to a file.</summary>
    public static bool IsOpenForWriting(string path)
    {
        lock (s_entries)
        {
            return s_entries.ContainsKey(path);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (s_entries)
        {
            if (!_isDisposed && --_entry.Runs == 0)
            {
                s_entries.Remove(_path);
            }

            _isDisposed = true;
        }
    }

    private sealed class Entry
    {
        public Lock Gate { get; } = new();

        public int Runs { get; set; }
    }
}

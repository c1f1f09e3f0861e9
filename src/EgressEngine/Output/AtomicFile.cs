using System.Globalization;
using Egress.Output.Stores;

namespace Egress.Output;

/// <summary>
/// A file that appears whole or not at all: it is written under another name on the same file system and renamed at the end.
/// </summary>
public sealed class AtomicFile : IDisposable
{
    /// <summary>A mask fits, and is written at once; larger pieces of other outputs pass it by.</summary>
    private const int BufferBytes = 1 << 14;
    private static long s_counter;
    private readonly string _path;
    private readonly string _partialPath;
    private readonly FileStream _stream;
    private bool _committed;

    /// <summary>Begins a file under a hidden name of its own in the same folder.</summary>
    /// <param name="path">The file's final path.</param>
    /// <exception cref="IOException">The folder takes no file.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public AtomicFile(string path)
        : this(path, PartialPath(path))
    {
    }

    /// <summary>Begins a file under a name that the caller chooses.</summary>
    /// <param name="path">The file's final path.</param>
    /// <param name="partialPath">A path on the same file system that nothing else has.</param>
    internal AtomicFile(string path, string partialPath)
    {
        _path = path;
        _partialPath = partialPath;
        _stream = new FileStream(_partialPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes);
    }

    /// <summary>Takes the content.</summary>
    public Stream Stream => _stream;

    /// <summary>Gives the file its final name.</summary>
    /// <param name="replace">Whether to replace a file of that name.</param>
    /// <returns>The file's size in bytes, or null where a file of that name exists and is kept.</returns>
    public long? Commit(bool replace)
    {
        _stream.Flush();
        var length = _stream.Length;
        _stream.Dispose();
        try
        {
            File.Move(_partialPath, _path, replace);
        }
        catch (IOException) when (!replace && File.Exists(_path))
        {
            return null;
        }

        _committed = true;
        return length;
    }

    /// <summary>Removes what was not committed.</summary>
    public void Dispose()
    {
        try
        {
            _stream.Dispose();
        }
        catch (Exception error) when (StoreFault.IsOne(error))
        {
            // Flushing to a full disk fails again; the file is removed anyway.
        }

        if (!_committed)
        {
            TryDelete();
        }
    }

    private static string PartialPath(string path)
    {
        var number = Interlocked.Increment(ref s_counter);
        var name = string.Create(CultureInfo.InvariantCulture, $".egress-{Environment.ProcessId}-{number}.partial");
        return Path.Combine(Path.GetDirectoryName(path) ?? "", name);
    }

    private void TryDelete()
    {
        try
        {
            File.Delete(_partialPath);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The folder is gone or takes no changes any more. Why the file is not wanted is the error to tell of.
        }
    }
}

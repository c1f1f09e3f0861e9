using Microsoft.Win32.SafeHandles;

namespace Egress.Output.Stores;

/// <summary>
/// A journal in a file. Each append is one write, so that a killed process leaves whole lines, and at worst a torn last one, which
/// opening cuts off.
/// </summary>
internal sealed class LocalJournalFile : IJournalFile
{
    private const int TailBytes = 1 << 16;
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private long _end;

    public LocalJournalFile(string path)
    {
        _path = path;
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            _end = EndOfLastLine();
            if (_end != RandomAccess.GetLength(_file))
            {
                RandomAccess.SetLength(_file, _end);
            }

            ModifiedUtc = File.GetLastWriteTimeUtc(path);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public long Length => _end;

    /// <inheritdoc/>
    public DateTime ModifiedUtc { get; }

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> lines)
    {
        try
        {
            RandomAccess.Write(_file, lines, _end);
            _end += lines.Length;
        }
        catch (Exception error) when (StoreFault.IsOne(error))
        {
            // A full disk may have taken a part.
            RandomAccess.SetLength(_file, _end);
            throw;
        }

        // A removed file takes writes as before, and nobody will ever see them.
        if (!File.Exists(_path))
        {
            throw new DirectoryNotFoundException($"'{_path}' is gone.");
        }
    }

    /// <inheritdoc/>
    public void Flush() => RandomAccess.FlushToDisk(_file);

    public void Dispose() => _file.Dispose();

    private long EndOfLastLine()
    {
        var tail = new byte[TailBytes];
        for (var end = RandomAccess.GetLength(_file); end > 0;)
        {
            var start = Math.Max(0, end - TailBytes);
            var part = tail.AsSpan(0, (int)(end - start));
            var read = RandomAccess.Read(_file, part, start);
            if (part[..read].LastIndexOf((byte)'\n') is var feed and >= 0)
            {
                return start + feed + 1;
            }

            end = start;
        }

        return 0;
    }
}

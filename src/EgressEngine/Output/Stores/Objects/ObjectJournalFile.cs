using System.Buffers;
using System.Diagnostics;
using System.Globalization;

namespace Egress.Output.Stores.Objects;

/// <summary>
/// A journal of objects, because nothing can be appended to one: numbered pieces, which one after the other are the journal. Lines are
/// kept until <see cref="Flush"/>, for a second, or until there are many; then the newest piece is stored again with them. What a killed
/// run has not flushed is not in the journal; its outputs are there, and a resumed run makes them again.
/// </summary>
internal sealed class ObjectJournalFile : IJournalFile
{
    /// <summary>A piece of this size is closed: storing it again with each flush would cost more and more.</summary>
    private const int PieceBytes = 1 << 20;

    /// <summary>Lines that are kept at most, in bytes.</summary>
    private const int PendingBytes = 256 << 10;

    private readonly IObjectStorage _storage;
    private readonly string _prefix;
    private readonly ArrayBufferWriter<byte> _piece = new();
    private long _flushedAt;
    private int _number;
    private int _stored;

    public ObjectJournalFile(IObjectStorage storage, string prefix)
    {
        _storage = storage;
        _prefix = prefix;
        var pieces = Pieces(storage, prefix);
        if (pieces.Count == 0)
        {
            // When the journal was made is asked of the store's own clock, later, by whoever finds outputs that it does not name.
            Store();
            pieces = Pieces(storage, prefix);
        }

        _number = pieces.Count;
        Length = pieces.Sum(piece => piece.Bytes);
        ModifiedUtc = pieces.Max(piece => piece.ModifiedUtc);
    }

    /// <summary>How long lines are kept while others come: the work that a kill can cost, against requests that hold up commits.</summary>
    internal static TimeSpan FlushInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public DateTime ModifiedUtc { get; }

    /// <summary>The whole journal; null where there is none.</summary>
    public static Stream? Read(IObjectStorage storage, string prefix)
    {
        var pieces = Pieces(storage, prefix);
        if (pieces.Count == 0)
        {
            return null;
        }

        // Its reader goes back and forth in it.
        var whole = new FileStream(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16,
            FileOptions.DeleteOnClose);
        try
        {
            foreach (var piece in pieces)
            {
                using var content = storage.OpenRead(piece.Key);
                content.CopyTo(whole);
            }

            whole.Position = 0;
            return whole;
        }
        catch
        {
            whole.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> lines)
    {
        _piece.Write(lines);
        Length += lines.Length;

        // The first lines say what the run is, and stay if it dies soon.
        if (_stored == 0 || _piece.WrittenCount - _stored >= PendingBytes || Stopwatch.GetElapsedTime(_flushedAt) >= FlushInterval)
        {
            Flush();
        }
    }

    /// <inheritdoc/>
    public void Flush()
    {
        if (_piece.WrittenCount == _stored)
        {
            return;
        }

        Store();
        _flushedAt = Stopwatch.GetTimestamp();
        _stored = _piece.WrittenCount;
        if (_stored >= PieceBytes)
        {
            _number++;
            _piece.ResetWrittenCount();
            _stored = 0;
        }
    }

    /// <summary>Stores what is left, where the store still takes it.</summary>
    public void Dispose()
    {
        try
        {
            Flush();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or EgressException)
        {
            // The run has told of the store's failure where it mattered; these lines' outputs are made again.
        }
    }

    private static List<StoredObject> Pieces(IObjectStorage storage, string prefix) =>
        [.. storage.List(prefix).OrderBy(piece => piece.Key, StringComparer.Ordinal)];

    private void Store()
    {
        var key = _prefix + _number.ToString("D8", CultureInfo.InvariantCulture) + ".jsonl";
        using var content = new MemoryStream(_piece.WrittenSpan.ToArray());
        _ = _storage.Put(key, content, replace: true);
    }
}

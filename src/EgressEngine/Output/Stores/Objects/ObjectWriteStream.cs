using System.Buffers;

namespace Egress.Output.Stores.Objects;

/// <summary>
/// The content of an object on its way into the store. What is written in large spans leaves from that memory while the call lasts,
/// as parts of a multipart upload, several at once; small writes are gathered first, and an object that stays small is one request.
/// </summary>
internal sealed class ObjectWriteStream : Stream
{
    /// <summary>
    /// The size that parts have at least, but for the last one. S3 asks for 5 MiB; larger parts are fewer requests, and smaller ones
    /// leave sooner.
    /// </summary>
    public const int PartBytes = 8 << 20;

    /// <summary>Parts that one call sends at once.</summary>
    private const int Parallel = 4;

    private readonly IObjectStorage _storage;
    private readonly string _key;
    private readonly List<string> _tags = [];
    private byte[]? _gathered = ArrayPool<byte>.Shared.Rent(PartBytes);
    private int _gatheredBytes;
    private long _length;
    private string? _upload;
    private bool _ended;

    /// <param name="storage">Where the object goes.</param>
    /// <param name="key">Its key.</param>
    public ObjectWriteStream(IObjectStorage storage, string key)
    {
        _storage = storage;
        _key = key;
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => !_ended;

    public override long Length => _length;

    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    public override unsafe void Write(ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        _length += buffer.Length;
        var total = _gatheredBytes + buffer.Length;
        if (total < PartBytes)
        {
            buffer.CopyTo(_gathered.AsSpan(_gatheredBytes));
            _gatheredBytes = total;
            return;
        }

        // Equal parts, because some stores want that, and none of them small: nothing of a large span is left to be gathered.
        var count = total / PartBytes;
        var size = (total + count - 1) / count;
        _upload ??= _storage.BeginUpload(_key);
        fixed (byte* head = _gathered)
        fixed (byte* body = buffer)
        {
            var sent = 0;
            while (sent < buffer.Length)
            {
                var parts = new List<BorrowedMemory>(Parallel);
                while (parts.Count < Parallel && sent < buffer.Length)
                {
                    var bytes = Math.Min(size - _gatheredBytes, buffer.Length - sent);
                    parts.Add(new BorrowedMemory(head, _gatheredBytes, body + sent, bytes));
                    sent += bytes;
                    _gatheredBytes = 0;
                }

                Send(parts);
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void WriteByte(byte value) => Write([value]);

    /// <summary>Makes the object of what was written.</summary>
    /// <param name="replace">Whether to replace an object of that key.</param>
    /// <returns>False where an object of that key exists and is kept.</returns>
    public unsafe bool Commit(bool replace)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        fixed (byte* gathered = _gathered)
        {
            if (_upload is null)
            {
                var content = new BorrowedMemory(gathered, _gatheredBytes, null, 0);
                try
                {
                    return _storage.Put(_key, content, replace);
                }
                finally
                {
                    content.Return();
                }
            }

            if (_gatheredBytes > 0)
            {
                Send([new BorrowedMemory(gathered, _gatheredBytes, null, 0)]);
                _gatheredBytes = 0;
            }
        }

        if (!_storage.CompleteUpload(_key, _upload, _tags, replace))
        {
            return false;
        }

        _upload = null;
        return true;
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Gives up what was not committed.</summary>
    protected override void Dispose(bool disposing)
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        if (_gathered is { } gathered)
        {
            _gathered = null;
            ArrayPool<byte>.Shared.Return(gathered);
        }

        if (_upload is { } upload)
        {
            _upload = null;
            try
            {
                _storage.AbortUpload(_key, upload);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or EgressException)
            {
                // The store that failed before fails again. Parts of an upload are seen by nobody, and the next run removes them.
            }
        }

        base.Dispose(disposing);
    }

    private void Send(List<BorrowedMemory> parts)
    {
        var first = _tags.Count + 1;
        var sending = parts.Select((part, index) => _storage.UploadPart(_key, _upload!, first + index, part)).ToArray();
        try
        {
            // All of them, also after one has failed: they read the caller's memory.
            Task.WhenAll(sending).GetAwaiter().GetResult();
            _tags.AddRange(sending.Select(task => task.Result));
        }
        finally
        {
            parts.ForEach(part => part.Return());
        }
    }
}

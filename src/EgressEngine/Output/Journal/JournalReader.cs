using System.Text.Json;

namespace Egress.Output.Journal;

/// <summary>Reads a journal's lines one after the other. A last line without its line feed is torn and left out.</summary>
internal sealed class JournalReader : IDisposable
{
    private const int FirstBufferBytes = 1 << 16;
    private readonly Stream _stream;
    private byte[] _buffer = new byte[FirstBufferBytes];
    private int _start;
    private int _end;

    /// <param name="stream">The journal, which can seek; disposed with the reader.</param>
    public JournalReader(Stream stream) => _stream = stream;

    /// <summary>Where the line that was read last begins, in bytes from the journal's start.</summary>
    public long Offset { get; private set; }

    /// <summary>Lines that were read and are damaged.</summary>
    public long DamagedLines { get; private set; }

    private long Next { get; set; }

    /// <summary>Continues with the line at an offset that <see cref="Offset"/> gave.</summary>
    public void Seek(long offset)
    {
        _stream.Position = offset;
        Next = offset;
        _start = _end = 0;
    }

    /// <summary>Reads the next undamaged line; null at the end. It is valid until the next call.</summary>
    public JsonDocument? Read()
    {
        while (TryReadLine(out var line))
        {
            if (line.Length == 0)
            {
                continue;
            }

            if (JournalLine.Parse(line) is { } document)
            {
                return document;
            }

            DamagedLines++;
        }

        return null;
    }

    public void Dispose() => _stream.Dispose();

    private bool TryReadLine(out ReadOnlyMemory<byte> line)
    {
        var searched = _start;
        while (true)
        {
            var feed = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
            if (feed >= 0)
            {
                var length = searched + feed - _start;
                line = _buffer.AsMemory(_start, length);
                Offset = Next;
                Next += length + 1;
                _start += length + 1;
                return true;
            }

            searched = _end;
            if (_end == _buffer.Length)
            {
                MakeRoom(ref searched);
            }

            var read = _stream.Read(_buffer, _end, _buffer.Length - _end);
            if (read == 0)
            {
                line = default;
                return false;
            }

            _end += read;
        }
    }

    private void MakeRoom(ref int searched)
    {
        var kept = _buffer.AsSpan(_start, _end - _start);
        var buffer = kept.Length > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
        kept.CopyTo(buffer);
        searched -= _start;
        _end -= _start;
        _start = 0;
        _buffer = buffer;
    }
}

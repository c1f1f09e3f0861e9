using System.Globalization;
using System.Text;

namespace Egress.Backend.Sequences;

/// <summary>
/// Reads the records of a text with comma-separated fields. A field that begins with a quote ends with one, and what would swallow the records
/// after it is an error; in any other field a quote is a character like all.
/// </summary>
/// <param name="text">The text.</param>
internal sealed class CsvReader(TextReader text)
{
    /// <summary>The most characters of a record.</summary>
    internal const int LongestRecord = 1 << 24;

    private const int End = -1;

    private readonly char[] _buffer = new char[1 << 14];
    private readonly StringBuilder _field = new();
    private readonly List<string> _fields = [];
    private int _next;
    private int _end;
    private int _length;
    private long _line = 1;

    /// <summary>The fields of the record that was read last. The next one replaces them.</summary>
    public IReadOnlyList<string> Fields => _fields;

    /// <summary>The line, from 1, that it begins in.</summary>
    public long FirstLine { get; private set; }

    /// <summary>Reads the next record; lines without a character are none.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="InvalidDataException">Quotes are not as they have to be, or the record is too long.</exception>
    /// <exception cref="DecoderFallbackException">There are bytes that are no text.</exception>
    /// <exception cref="IOException">The text cannot be read.</exception>
    public bool Read()
    {
        _fields.Clear();
        _length = 0;
        while (IsLineEnd(Peek()))
        {
            TakeLineEnd();
        }

        FirstLine = _line;
        if (Peek() == End)
        {
            return false;
        }

        bool hasMore;
        do
        {
            hasMore = ReadField();
        }
        while (hasMore);
        return true;
    }

    /// <summary>Reads a field and what ends it; false where that ends the record.</summary>
    private bool ReadField()
    {
        _field.Clear();
        if (Peek() == '"')
        {
            ReadQuoted();
        }
        else
        {
            while (Peek() is not (',' or End) and var next && !IsLineEnd(next))
            {
                Keep((char)Take());
            }
        }

        _fields.Add(_field.ToString());
        if (Peek() == ',')
        {
            Take();
            return true;
        }

        if (IsLineEnd(Peek()))
        {
            TakeLineEnd();
        }

        return false;
    }

    private void ReadQuoted()
    {
        var line = _line;
        Take();
        while (true)
        {
            if (Peek() == End)
            {
                throw Invalid($"the quote that line {line} opens is not closed", line);
            }

            var next = (char)Take();
            if (next != '"')
            {
                CountLine(next);
                Keep(next);
            }
            else if (Peek() == '"')
            {
                Keep((char)Take());
            }
            else if (Peek() is ',' or End || IsLineEnd(Peek()))
            {
                return;
            }
            else
            {
                throw Invalid($"the field in quotes that line {line} begins goes on after the quote in line {_line}; quotes in it are written twice", line);
            }
        }
    }

    private void Keep(char character)
    {
        if (++_length > LongestRecord)
        {
            throw Invalid("the row is longer than 16 million characters; a quote may not be closed", FirstLine);
        }

        _field.Append(character);
    }

    private InvalidDataException Invalid(string reason, long line) => new(string.Create(
        CultureInfo.InvariantCulture, $"{reason}{(line == FirstLine ? "" : $" (the row begins in line {FirstLine})")}."));

    private static bool IsLineEnd(int character) => character is '\n' or '\r';

    private void TakeLineEnd() => CountLine((char)Take());

    /// <summary>A line ends with a line feed, a carriage return, or both.</summary>
    private void CountLine(char character)
    {
        if (character == '\n' || (character == '\r' && Peek() != '\n'))
        {
            _line++;
        }
    }

    private int Take()
    {
        var character = Peek();
        _next++;
        return character;
    }

    private int Peek()
    {
        if (_next == _end)
        {
            (_next, _end) = (0, text.Read(_buffer));
        }

        return _end == 0 ? End : _buffer[_next];
    }
}

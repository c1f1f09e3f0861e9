using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Egress.Output.Journal;
using Egress.Vectors;

namespace Egress.Embedding;

/// <summary>Makes keys of sequences and pictures.</summary>
public static class SequenceKeys
{
    /// <summary>The most characters of an id: some databases index no longer ones.</summary>
    public const int MaximumIdLength = 1024;

    /// <summary>The most bytes of an id in UTF-8: PostgreSQL's indexes take 2,700.</summary>
    public const int MaximumIdBytes = 2048;

    /// <summary>The id of a text that was given none: 16 hexadecimal digits of its SHA-256, the same in every run.</summary>
    public static string IdOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return IdOf(HashOf(text));
    }

    /// <summary>The key of a text.</summary>
    /// <param name="id">Its id; null for <see cref="IdOf(string)"/>.</param>
    /// <param name="text">The text.</param>
    public static SequenceKey OfText(string? id, string text)
    {
        var hash = HashOf(text);
        return new SequenceKey(id ?? IdOf(hash), hash);
    }

    /// <summary>The key of a picture: what has another size or was written at another time is another picture.</summary>
    public static SequenceKey OfFile(string id, string path)
    {
        var file = new FileInfo(path);
        return new SequenceKey(id, file.Exists ? HashOf(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks}")) : 0);
    }

    /// <summary>The error of an id that cannot be a key; null for one that can.</summary>
    /// <param name="id">The id.</param>
    /// <param name="place">Where it is from, which the error names; null where the id alone says it.</param>
    public static ItemException? Problem(string? id, string? place = null)
    {
        var problem = id switch
        {
            null or "" => "it is empty",
            { Length: > MaximumIdLength } => $"it has {id.Length} characters, and {MaximumIdLength} are the most",
            _ when Encoding.UTF8.GetByteCount(id) is var bytes and > MaximumIdBytes => $"it has {bytes} bytes in UTF-8, and {MaximumIdBytes} are the most",
            _ when id.Contains('\0', StringComparison.Ordinal) => "it has a zero character, which databases take in no text",
            _ when !IsWellFormed(id) => "it is no valid Unicode text",
            _ => null,
        };
        return problem is null
            ? null
            : new ItemException(
                EgressErrorId.SequenceInvalid, EgressErrorCategory.InvalidData,
                place is null || place == id ? $"An id cannot be a key: {problem}." : $"The id of '{place}' cannot be a key: {problem}.",
                "Give each sequence a short id of its own, or none.", place ?? id);
    }

    /// <summary>The error of a second sequence with one id.</summary>
    internal static ItemException Taken(string id) => new(
        EgressErrorId.SequenceIdTaken, EgressErrorCategory.InvalidData, $"Another sequence of this run has the id '{id}'.",
        "Give each sequence an id of its own: vectors are stored by it.", id);

    /// <summary>The error of a sequence whose text has changed since it was stored where rows are not replaced.</summary>
    internal static ItemException Conflict(string id, string location) => new(
        EgressErrorId.SequenceIdTaken, EgressErrorCategory.InvalidData,
        $"'{location}' has a vector of another text under the id '{id}', and files are not rewritten row by row.",
        "Store in a database (-Format DuckDb or PostgreSql), use another -Destination, or -Force to make all vectors again.", id);

    internal static ulong Hash(string id) => JournalIndex.Hash(id);

    private static string IdOf(long hash) => hash.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    private static long HashOf(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return BinaryPrimitives.ReadInt64BigEndian(hash);
    }

    private static bool IsWellFormed(string id)
    {
        var rest = id.AsSpan();
        while (Rune.DecodeFromUtf16(rest, out _, out var consumed) == System.Buffers.OperationStatus.Done)
        {
            rest = rest[consumed..];
        }

        return rest.IsEmpty;
    }
}

using Egress.Models.Weights;
using System.Buffers.Binary;
using System.Text.Json;
using static Egress.Models.Weights.MalformedFileException;

namespace Egress.Models.Safetensors;

/// <summary>
/// The header of a safetensors file, parsed and checked: 8 bytes of length (little-endian), then a JSON object of that length
/// that maps each tensor's name to its type, shape and place in the data that follow.
/// </summary>
/// <remarks>
/// Nothing that a header claims is believed before it has been compared with the file's size, so a damaged or hostile file costs
/// no more memory than its own header is long.
/// </remarks>
internal sealed class SafetensorsHeader
{
    /// <summary>The longest header that the format allows, in bytes.</summary>
    public const int MaxHeaderBytes = 100_000_000;

    /// <summary>The length that every file begins with, in bytes.</summary>
    public const int LengthBytes = sizeof(ulong);

    /// <summary>The one name that stands for no tensor.</summary>
    public const string MetadataName = "__metadata__";

    private SafetensorsHeader(List<StoredTensor> entries, Dictionary<string, string> metadata)
    {
        Entries = entries;
        Metadata = metadata;
    }

    /// <summary>The tensors, in the order of their places in the file.</summary>
    public IReadOnlyList<StoredTensor> Entries { get; }

    /// <summary>The free text of the <c>__metadata__</c> object; empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The length of the JSON text, from the first 8 bytes of a file.</summary>
    /// <exception cref="MalformedFileException">The file is too short, or the length cannot be right.</exception>
    public static int ReadLength(ReadOnlySpan<byte> start, long fileBytes)
    {
        if (start.Length < LengthBytes)
        {
            throw new MalformedFileException($"it has {fileBytes} bytes, and the length of the header alone takes {LengthBytes}");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > MaxHeaderBytes)
        {
            throw new MalformedFileException($"its header claims {length} bytes, more than the {MaxHeaderBytes} that are allowed");
        }

        if (length > (ulong)(fileBytes - LengthBytes))
        {
            throw new MalformedFileException($"its header claims {length} bytes, and the file has {fileBytes}");
        }

        return (int)length;
    }

    /// <summary>Parses and checks the JSON text of a header.</summary>
    /// <param name="json">The text, as long as <see cref="ReadLength"/> says.</param>
    /// <param name="fileBytes">The size of the whole file in bytes.</param>
    /// <exception cref="MalformedFileException">Anything in it is not as it has to be; the message says what.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long fileBytes)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            throw new MalformedFileException("its header does not begin with '{'");
        }

        var dataStart = LengthBytes + json.Length;
        var entries = new List<StoredTensor>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
            ReadEntries(ref reader, dataStart, fileBytes - dataStart, entries, metadata);
        }
        catch (JsonException e)
        {
            throw new MalformedFileException($"its header is no valid JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // What Utf8JsonReader throws for a string that is not valid UTF-8 or has half of a surrogate pair.
            throw new MalformedFileException($"its header has a string that is no valid text: {e.Message}", e);
        }

        entries.Sort((a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.Length.CompareTo(b.Length));
        ThrowUnlessGapless(entries, dataStart, fileBytes);
        return new SafetensorsHeader(entries, metadata);
    }

    private static void ReadEntries(
        ref Utf8JsonReader reader, long dataStart, long dataBytes, List<StoredTensor> entries, Dictionary<string, string> metadata)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!names.Add(name))
            {
                throw new MalformedFileException($"its header names {Quote(name)} twice");
            }

            reader.Read();
            if (name == MetadataName)
            {
                ReadMetadata(ref reader, metadata);
            }
            else
            {
                entries.Add(SafetensorsEntryReader.Read(ref reader, name, dataStart, dataBytes));
            }
        }

        // Throws for anything but white space behind the object.
        reader.Read();
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new MalformedFileException($"its {MetadataName} is no object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                throw new MalformedFileException($"its {MetadataName} has a value for {Quote(key)} that is no string");
            }

            if (!metadata.TryAdd(key, reader.GetString()!))
            {
                throw new MalformedFileException($"its {MetadataName} names {Quote(key)} twice");
            }
        }
    }

    private static void ThrowUnlessGapless(List<StoredTensor> entries, long dataStart, long fileBytes)
    {
        var end = dataStart;
        foreach (var entry in entries)
        {
            if (entry.Offset != end)
            {
                throw new MalformedFileException(entry.Offset < end
                    ? $"tensor {Quote(entry.Name)} overlaps the one before it"
                    : $"{entry.Offset - end} bytes before tensor {Quote(entry.Name)} belong to no tensor");
            }

            end += entry.Length;
        }

        if (end != fileBytes)
        {
            throw new MalformedFileException($"{fileBytes - end} bytes at its end belong to no tensor");
        }
    }
}

using Egress.Models.Weights;
using System.Text.Json;
using static Egress.Models.Weights.MalformedFileException;

namespace Egress.Models.Safetensors;

/// <summary>Reads the description of one tensor: <c>{"dtype": "F32", "shape": [64, 3], "data_offsets": [0, 768]}</c>.</summary>
internal static class SafetensorsEntryReader
{
    /// <param name="reader">Stands on the description's first token; afterwards on its last one.</param>
    /// <param name="name">The tensor's name.</param>
    /// <param name="dataStart">Where in the file the data begin, in bytes.</param>
    /// <param name="dataBytes">The size of the data in bytes.</param>
    /// <exception cref="MalformedFileException">The description is incomplete or contradicts itself or the file's size.</exception>
    public static StoredTensor Read(ref Utf8JsonReader reader, string name, long dataStart, long dataBytes)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new MalformedFileException($"tensor {Quote(name)} is described by no object");
        }

        StoredType? type = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("dtype"u8))
            {
                ThrowIfSecond(type is not null, name, "dtype");
                type = ReadType(ref reader, name);
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                ThrowIfSecond(shape is not null, name, "shape");
                shape = ReadNumbers(ref reader, name, "shape");
            }
            else if (reader.ValueTextEquals("data_offsets"u8))
            {
                ThrowIfSecond(offsets is not null, name, "data_offsets");
                offsets = ReadNumbers(ref reader, name, "data_offsets");
            }
            else
            {
                // The reference implementation ignores what it does not know, and so do later versions of the format.
                reader.Skip();
            }
        }

        if (type is null || shape is null || offsets is null)
        {
            throw new MalformedFileException($"tensor {Quote(name)} lacks its dtype, shape or data_offsets");
        }

        var length = PlaceLength(name, offsets, dataBytes);
        ThrowUnlessFits(name, type.Value, shape, length);
        return new StoredTensor(name, type.Value, shape, dataStart + offsets[0], length);
    }

    private static StoredType ReadType(ref Utf8JsonReader reader, string name)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
        {
            throw new MalformedFileException($"tensor {Quote(name)} has a dtype that is no string");
        }

        var text = reader.GetString()!;
        return StoredTypeExtensions.FromHeaderName(text)
            ?? throw new MalformedFileException($"tensor {Quote(name)} has the unknown dtype {Quote(text)}");
    }

    private static List<long> ReadNumbers(ref Utf8JsonReader reader, string name, string property)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new MalformedFileException($"tensor {Quote(name)} has a {property} that is no list");
        }

        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
            {
                throw new MalformedFileException(
                    $"tensor {Quote(name)} has a {property} with something else than whole numbers from 0 on");
            }

            numbers.Add(number);
        }

        return numbers;
    }

    private static long PlaceLength(string name, List<long> offsets, long dataBytes)
    {
        if (offsets.Count != 2)
        {
            throw new MalformedFileException($"tensor {Quote(name)} has {offsets.Count} data_offsets instead of 2");
        }

        if (offsets[0] > offsets[1] || offsets[1] > dataBytes)
        {
            throw new MalformedFileException(
                $"tensor {Quote(name)} lies at bytes {offsets[0]} to {offsets[1]} of data that are {dataBytes} bytes long");
        }

        return offsets[1] - offsets[0];
    }

    private static void ThrowUnlessFits(string name, StoredType type, List<long> shape, long length)
    {
        long needed = type.SizeInBytes();
        try
        {
            foreach (var size in shape)
            {
                needed = checked(needed * size);
            }
        }
        catch (OverflowException e)
        {
            throw new MalformedFileException($"tensor {Quote(name)} has a shape of more elements than can be counted", e);
        }

        if (needed != length)
        {
            throw new MalformedFileException(
                $"tensor {Quote(name)} takes {length} bytes, and its shape needs {needed} ({type.HeaderName()})");
        }
    }

    private static void ThrowIfSecond(bool seen, string name, string property)
    {
        if (seen)
        {
            throw new MalformedFileException($"tensor {Quote(name)} has its {property} twice");
        }
    }
}

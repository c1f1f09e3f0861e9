using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using Egress.Models.Safetensors;
using Egress.Models.Weights;

namespace Egress.Tests;

/// <summary>Writes safetensors files.</summary>
internal static class SafetensorsWriter
{
    /// <summary>Writes tensors, in their order.</summary>
    /// <param name="stream">Receives the file from its present position on.</param>
    /// <param name="tensors">What to write.</param>
    /// <param name="metadata">Free text for the header, or null.</param>
    /// <exception cref="ArgumentException">A tensor's name is taken, or a tensor's data are not as long as its shape and type
    /// ask for.</exception>
    public static void Write(Stream stream, IReadOnlyList<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var header = Header(tensors, metadata);

        // The padding aligns the data to 8 bytes; white space at the end of the header is part of the format.
        var padded = (header.Length + 7) / 8 * 8;
        Span<byte> length = stackalloc byte[SafetensorsHeader.LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)padded);
        stream.Write(length);
        stream.Write(header);
        stream.Write("       "u8[..(padded - header.Length)]);
        foreach (var tensor in tensors)
        {
            stream.Write(tensor.Data.Span);
        }
    }

    private static ReadOnlySpan<byte> Header(IReadOnlyList<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        if (metadata is { Count: > 0 })
        {
            json.WriteStartObject(SafetensorsHeader.MetadataName);
            foreach (var (key, value) in metadata)
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
        }

        var names = new HashSet<string>(StringComparer.Ordinal) { SafetensorsHeader.MetadataName };
        var start = 0L;
        foreach (var tensor in tensors)
        {
            if (!names.Add(tensor.Name))
            {
                throw new ArgumentException($"The name '{tensor.Name}' is taken.", nameof(tensors));
            }

            WriteEntry(json, tensor, start);
            start += tensor.Data.Length;
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan;
    }

    private static void WriteEntry(Utf8JsonWriter json, SafetensorsTensor tensor, long start)
    {
        var needed = tensor.Shape.Aggregate((long)tensor.Type.SizeInBytes(), (product, size) => checked(product * size));
        if (needed != tensor.Data.Length)
        {
            throw new ArgumentException(
                $"Tensor '{tensor.Name}' needs {needed} bytes of data and has {tensor.Data.Length}.", nameof(tensor));
        }

        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.Type.HeaderName());
        json.WriteStartArray("shape");
        foreach (var size in tensor.Shape)
        {
            json.WriteNumberValue(size);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(start);
        json.WriteNumberValue(start + tensor.Data.Length);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}

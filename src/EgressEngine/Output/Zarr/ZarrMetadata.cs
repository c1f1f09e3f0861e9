using System.Text.Json;
using System.Text.Json.Nodes;
using Egress.Models;

namespace Egress.Output.Zarr;

/// <summary>
/// The <c>zarr.json</c> documents of a Zarr group (Zarr core specification, version 3): one for the group and one an array. Arrays
/// are cut along their first dimension: a chunk is one item.
/// </summary>
public static class ZarrMetadata
{
    /// <summary>The name of a group's or an array's document in its folder.</summary>
    public const string FileName = "zarr.json";

    private static readonly JsonSerializerOptions s_format = new() { WriteIndented = true };

    /// <summary>The document of a group.</summary>
    /// <param name="attributes">What the group's owner wants to say of it.</param>
    public static byte[] Group(JsonObject attributes) => Bytes(new JsonObject
    {
        ["zarr_format"] = 3,
        ["node_type"] = "group",
        ["attributes"] = attributes,
    });

    /// <summary>The document of an array over items.</summary>
    /// <param name="type">The type of an element; bfloat16, which Zarr does not know, is stored as float32.</param>
    /// <param name="items">Items, which are the first dimension.</param>
    /// <param name="itemShape">The other dimensions.</param>
    /// <param name="dimensions">The names of all dimensions.</param>
    public static byte[] Array(ElementType type, long items, IReadOnlyList<long> itemShape, params ReadOnlySpan<string> dimensions)
    {
        var codecs = new JsonArray(Codec("bytes", new JsonObject { ["endian"] = "little" }));
        if (type.SizeInBytes() == 1)
        {
            // A byte has no order.
            codecs = [Codec("bytes", null)];
        }

        if (ZarrChunk.IsCompressed(type))
        {
            codecs.Add(Codec("gzip", new JsonObject { ["level"] = 1 }));
        }

        return Array(DataType(type), items, itemShape, 1, FillValue(type), codecs, dimensions);
    }

    /// <summary>The document of an array with one text an item.</summary>
    /// <param name="items">Items.</param>
    /// <param name="dimension">The dimension's name.</param>
    public static byte[] Texts(long items, string dimension) =>
        Array("string", items, [], ZarrChunk.TextsInChunk, "", new JsonArray(Codec("vlen-utf8", null)), dimension);

    private static byte[] Array(
        string type, long items, IReadOnlyList<long> itemShape, long itemsInChunk, JsonNode fillValue, JsonArray codecs,
        params ReadOnlySpan<string> dimensions) => Bytes(new JsonObject
        {
            ["zarr_format"] = 3,
            ["node_type"] = "array",
            ["shape"] = Numbers(items, itemShape),
            ["data_type"] = type,
            ["chunk_grid"] = new JsonObject
            {
                ["name"] = "regular",
                ["configuration"] = new JsonObject { ["chunk_shape"] = Numbers(itemsInChunk, itemShape) },
            },
            ["chunk_key_encoding"] = new JsonObject { ["name"] = "default", ["configuration"] = new JsonObject { ["separator"] = "/" } },
            ["fill_value"] = fillValue,
            ["codecs"] = codecs,
            ["dimension_names"] = new JsonArray([.. dimensions.ToArray().Select(name => (JsonNode)name)]),
            ["attributes"] = new JsonObject(),
        });

    private static JsonObject Codec(string name, JsonObject? configuration) => configuration is null
        ? new JsonObject { ["name"] = name }
        : new JsonObject { ["name"] = name, ["configuration"] = configuration };

    private static JsonArray Numbers(long first, IReadOnlyList<long> others) =>
        new([first, .. others.Select(number => (JsonNode)number)]);

    private static byte[] Bytes(JsonObject document) => JsonSerializer.SerializeToUtf8Bytes(document, s_format);

    private static string DataType(ElementType type) => type switch
    {
        ElementType.UInt8 => "uint8",
        ElementType.Int16 => "int16",
        ElementType.UInt16 => "uint16",
        ElementType.Float16 => "float16",
        ElementType.Float32 or ElementType.BFloat16 => "float32",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>What readers see of an item that has no output: no class, or no number.</summary>
    private static JsonNode FillValue(ElementType type) => type switch
    {
        ElementType.UInt8 => 255,
        ElementType.Int16 => -1,
        ElementType.UInt16 => 0,
        _ => "NaN",
    };
}

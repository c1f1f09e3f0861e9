using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Egress.Tests.Output.Zarr;

/// <summary>Reads a Zarr array from the specification (core, version 3) and not from the writer: what these tests write, and no more.</summary>
internal sealed class ZarrArray
{
    private readonly string _folder;
    private readonly JsonElement _document;

    public ZarrArray(string folder)
    {
        _folder = folder;
        _document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "zarr.json"))).RootElement;
        Assert.Equal((3, "array"), (_document.GetProperty("zarr_format").GetInt32(), _document.GetProperty("node_type").GetString()));
        Assert.Equal("regular", _document.GetProperty("chunk_grid").GetProperty("name").GetString());
        Assert.Equal("default", _document.GetProperty("chunk_key_encoding").GetProperty("name").GetString());
        Assert.Equal("/", _document.GetProperty("chunk_key_encoding").GetProperty("configuration").GetProperty("separator").GetString());
        Assert.Equal(Shape.Length, _document.GetProperty("dimension_names").GetArrayLength());
    }

    public long[] Shape => Numbers(_document.GetProperty("shape"));

    public string Type => _document.GetProperty("data_type").GetString()!;

    public string FillValue => _document.GetProperty("fill_value").ToString();

    private long[] ChunkShape => Numbers(_document.GetProperty("chunk_grid").GetProperty("configuration").GetProperty("chunk_shape"));

    /// <summary>The elements of one item, or null where its chunk is not there.</summary>
    public byte[]? Item(long index)
    {
        Assert.InRange(index, 0, Shape[0] - 1);
        Assert.Equal([1, .. Shape[1..]], ChunkShape);
        var path = Path.Combine([_folder, "c", $"{index}", .. Enumerable.Repeat("0", Shape.Length - 1)]);
        if (!File.Exists(path))
        {
            return null;
        }

        var bytes = Decode(File.ReadAllBytes(path));
        Assert.Equal(Shape[1..].Aggregate(1L, (product, size) => product * size) * ElementBytes, bytes.Length);
        return bytes;
    }

    /// <summary>All texts of an array of texts.</summary>
    public string[] Texts()
    {
        Assert.Equal(("string", "vlen-utf8"), (Type, _document.GetProperty("codecs")[0].GetProperty("name").GetString()));
        var texts = new List<string>();
        for (var chunk = 0; texts.Count < Shape[0]; chunk++)
        {
            using var reader = new BinaryReader(File.OpenRead(Path.Combine(_folder, "c", $"{chunk}")));
            var count = reader.ReadUInt32();
            Assert.Equal(ChunkShape[0], count);
            for (var i = 0; i < count; i++)
            {
                texts.Add(Encoding.UTF8.GetString(reader.ReadBytes((int)reader.ReadUInt32())));
            }

            Assert.Equal(reader.BaseStream.Length, reader.BaseStream.Position);
        }

        Assert.All(texts.Skip((int)Shape[0]), Assert.Empty);
        return [.. texts.Take((int)Shape[0])];
    }

    private int ElementBytes => Type switch
    {
        "uint8" => 1,
        "int16" or "float16" => 2,
        "float32" => 4,
        _ => throw new InvalidOperationException(Type),
    };

    private byte[] Decode(byte[] bytes)
    {
        foreach (var codec in _document.GetProperty("codecs").EnumerateArray().Reverse())
        {
            switch (codec.GetProperty("name").GetString())
            {
                case "gzip":
                    using (var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress))
                    using (var decoded = new MemoryStream())
                    {
                        gzip.CopyTo(decoded);
                        bytes = decoded.ToArray();
                    }

                    break;
                case "bytes":
                    Assert.Equal(ElementBytes > 1 ? "little" : null, codec.TryGetProperty("configuration", out var c) ? c.GetProperty("endian").GetString() : null);
                    break;
                default:
                    Assert.Fail($"{codec}");
                    break;
            }
        }

        return bytes;
    }

    private static long[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetInt64())];
}

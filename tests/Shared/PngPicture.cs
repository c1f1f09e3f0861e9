using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Egress.Tests;

/// <summary>Reads the PNG files that label maps are written as, from the specification and not from the writer.</summary>
internal sealed class PngPicture
{
    public int Width { get; private init; }

    public int Height { get; private init; }

    public int BitDepth { get; private init; }

    public int ColorType { get; private init; }

    public byte[] Palette { get; private init; } = [];

    public byte[] Pixels { get; private init; } = [];

    /// <summary>Bytes of each IDAT chunk.</summary>
    public IReadOnlyList<int> DataChunks { get; private init; } = [];

    public static PngPicture Read(byte[] file)
    {
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], file[..8]);
        var chunks = new Dictionary<string, byte[]>();
        var order = new List<string>();
        var pixels = new List<byte[]>();
        var at = 8;
        while (at < file.Length)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            var type = Encoding.ASCII.GetString(file, at + 4, 4);
            var data = file.AsSpan(at + 8, length).ToArray();
            Assert.Equal(Crc(file.AsSpan(at + 4, length + 4)), BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + length)));
            if (type == "IDAT")
            {
                pixels.Add(data);
            }
            else
            {
                chunks.Add(type, data);
            }

            order.Add(type);
            at += 12 + length;
        }

        Assert.Equal("IHDR", order[0]);
        Assert.Equal("IEND", order[^1]);
        var header = chunks["IHDR"];
        var (width, height, depth, color) = (BinaryPrimitives.ReadInt32BigEndian(header), BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)), header[8], header[9]);
        return new PngPicture
        {
            Width = width,
            Height = height,
            BitDepth = depth,
            ColorType = color,
            Palette = chunks.GetValueOrDefault("PLTE", []),
            DataChunks = [.. pixels.Select(part => part.Length)],
            Pixels = Unfilter([.. pixels.SelectMany(part => part)], width * depth / 8, height),
        };
    }

    private static byte[] Unfilter(byte[] data, int rowBytes, int height)
    {
        using var zlib = new ZLibStream(new MemoryStream(data), CompressionMode.Decompress);
        var pixels = new byte[rowBytes * height];
        for (var y = 0; y < height; y++)
        {
            var filter = zlib.ReadByte();
            zlib.ReadExactly(pixels, y * rowBytes, rowBytes);
            Assert.True(filter is 0 or 2, $"filter {filter}");
            for (var x = 0; filter == 2 && x < rowBytes; x++)
            {
                pixels[(y * rowBytes) + x] += y == 0 ? (byte)0 : pixels[((y - 1) * rowBytes) + x];
            }
        }

        Assert.Equal(-1, zlib.ReadByte());
        return pixels;
    }

    // Bit by bit, as ISO 3309 states it.
    private static uint Crc(ReadOnlySpan<byte> data)
    {
        var register = uint.MaxValue;
        foreach (var value in data)
        {
            register ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                register = (register >> 1) ^ ((register & 1) * 0xEDB88320);
            }
        }

        return ~register;
    }
}

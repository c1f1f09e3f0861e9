using System.Buffers.Binary;
using System.IO.Compression;
using Egress.Files;
using Egress.Input;
using NetVips;

namespace Egress.LongRuns;

/// <summary>Small files that claim, or truly hold, pictures of many gigabytes; each must be refused before memory is spent on it.</summary>
internal static class Bombs
{
    private const int Size = 32;
    private const int DataAt = 512;

    /// <summary>What a command allows by default.</summary>
    private const long MaxPixels = Input.IPictureDecoder.DefaultMaxPixels;

    /// <summary>What the refusal of one may cost.</summary>
    private const long MostMemory = 16L << 20;

    /// <summary>Gives each to the decoder and prints what became of it and of the process's peak; returns how many were treated wrongly.</summary>
    public static int Run(IPictureDecoder decoder, string folder)
    {
        var path = Path.Combine(folder, "bomb");
        var pixels = new byte[Size * Size * 3];
        File.WriteAllBytes(path, PictureSeeds.Make()[0].Content);
        decoder.Decode(path, Size, MaxPixels, pixels);
        var findings = 0;
        foreach (var (name, expected, write) in All)
        {
            using (var file = File.Create(path))
            {
                write(file);
            }

            var before = ProcessState.Now();
            foreach (var read in new Action[] { () => decoder.Decode(path, Size, MaxPixels, pixels), () => decoder.OpenRows(path, MaxPixels).Dispose() })
            {
                var outcome = "decoded";
                try
                {
                    read();
                }
                catch (ItemException error)
                {
                    outcome = error.ErrorId;
                }

                var spent = ProcessState.Now().PeakBytes - before.PeakBytes;
                findings += outcome == expected && spent <= MostMemory ? 0 : 1;
                Console.WriteLine($"bomb {name}, {new FileInfo(path).Length} bytes: {outcome}, peak +{spent / 1024} KiB");
            }
        }

        return findings;
    }

    private static (string Name, string Outcome, Action<Stream> Write)[] All { get; } =
    [
        ("png of 60000 x 60000 zeros", EgressErrorId.PictureTooLarge, file => WritePng(file, 60_000)),
        ("jpeg of 65500 x 65500", EgressErrorId.PictureTooLarge, file => file.Write(Jpeg(65_500))),
        ("webp of 16383 x 16383", EgressErrorId.PictureTooLarge, file => file.Write(WebP())),
        ("webp with a canvas of 65000 x 65000", EgressErrorId.PictureDamaged, file => file.Write(WebPCanvas(65_000))),
        ("tiff of 2000000000 x 2000000000", EgressErrorId.PictureDamaged, file => WriteTiff(file, 2_000_000_000, 1, 0)),
        ("tiff of 60000 x 60000 in one strip", EgressErrorId.PictureTooLarge, file => WriteTiff(file, 60_000, 3, 0)),
        ("tiff of 1000 x 1000 with 60000 bands", EgressErrorId.PictureDamaged, file => WriteTiff(file, 1000, 60_000, 0)),
        ("tiff of 1000 x 1000 with 5000 bands", EgressErrorId.PictureTooLarge, file => WriteTiff(file, 1000, 5000, 0)),
        ("tiff of 100 x 100 in a tile of 60000 x 60000", EgressErrorId.PictureDamaged, file => WriteTiff(file, 100, 3, 60_000)),
    ];

    /// <summary>A whole one, of black pixels of one bit: its zeros are all there.</summary>
    private static void WritePng(Stream file, int side)
    {
        using var small = Image.Black(1, 1);
        file.Write(small.PngsaveBuffer().AsSpan(0, 8));
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, side);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), side);
        header[8] = 1;
        WriteChunk(file, "IHDR"u8, header);
        using var data = new MemoryStream();
        WriteZeros(data, side * (1L + ((side + 7) / 8)));
        WriteChunk(file, "IDAT"u8, data.ToArray());
        WriteChunk(file, "IEND"u8, []);
    }

    private static void WriteChunk(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(type);
        file.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc32.Append(Crc32.Append(Crc32.Start, type), content));
        file.Write(number);
    }

    private static byte[] Jpeg(int side)
    {
        using var small = Image.Black(64, 64);
        var content = small.JpegsaveBuffer();
        var frame = content.AsSpan().IndexOf<byte>([0xFF, 0xC0]);
        BinaryPrimitives.WriteInt16BigEndian(content.AsSpan(frame + 5), unchecked((short)side));
        BinaryPrimitives.WriteInt16BigEndian(content.AsSpan(frame + 7), unchecked((short)side));
        return content;
    }

    private static byte[] WebP()
    {
        const int HeaderAt = 20;
        const uint MostSide = 16_383;
        using var small = Image.Black(64, 64);
        using var colour = small.Colourspace(Enums.Interpretation.Srgb);
        var content = colour.WebpsaveBuffer(lossless: true, keep: Enums.ForeignKeep.None);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(HeaderAt + 1));
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(HeaderAt + 1), (size & ~0x0FFF_FFFFu) | (MostSide - 1) | ((MostSide - 1) << 14));
        return content;
    }

    private static byte[] WebPCanvas(int side)
    {
        using var small = Image.Black(64, 64);
        using var colour = small.Colourspace(Enums.Interpretation.Srgb);
        using var frames = Image.Arrayjoin([colour, colour], across: 1);
        using var paged = frames.Mutate(mutable => mutable.Set(GValue.GIntType, "page-height", 64));
        var content = paged.WebpsaveBuffer(lossless: true);
        var canvas = content.AsSpan().IndexOf("VP8X"u8) + 12;
        for (var i = 0; i < 3; i++)
        {
            content[canvas + i] = content[canvas + 3 + i] = (byte)((side - 1) >> (8 * i));
        }

        return content;
    }

    /// <summary>A header alone, with one strip or tile whose data are not there.</summary>
    private static void WriteTiff(Stream file, uint side, uint bands, uint tile)
    {
        var data = new byte[1024];
        (ushort Tag, uint Value)[] tags =
        [
            (256, side), (257, side), (258, 8), (259, 8), (262, bands < 3 ? 1u : 2u), .. Strip(tile == 0), (277, bands), .. Strip2(tile == 0, side), (284, 1),
            .. Tiles(tile),
        ];
        using var writer = new BinaryWriter(file, System.Text.Encoding.Latin1, leaveOpen: true);
        writer.Write("II*\0"u8);
        writer.Write(8u);
        writer.Write((ushort)tags.Length);
        foreach (var (tag, value) in tags)
        {
            writer.Write(tag);
            writer.Write((ushort)4);
            writer.Write(1u);
            writer.Write(value);
        }

        writer.Write(0u);
        writer.Write(new byte[DataAt - (8 + 2 + (12 * tags.Length) + 4)]);
        writer.Write(data);
    }

    private static void WriteZeros(Stream data, long count)
    {
        using var zeros = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true);
        var some = new byte[1 << 20];
        for (; count > 0; count -= some.Length)
        {
            zeros.Write(some, 0, (int)Math.Min(count, some.Length));
        }
    }

    private static (ushort, uint)[] Strip(bool isOne) => isOne ? [(273, DataAt)] : [];

    private static (ushort, uint)[] Strip2(bool isOne, uint rows) => isOne ? [(278, rows), (279, 256)] : [];

    private static (ushort, uint)[] Tiles(uint side) => side > 0 ? [(322, side), (323, side), (324, DataAt), (325, 256)] : [];
}

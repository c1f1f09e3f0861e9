using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Egress.Models;
using Egress.Output.Formats;
using Egress.Output.Planes;

namespace Egress.Output.Zarr;

/// <summary>The chunks of a Zarr array over items, each a file of its own.</summary>
public static class ZarrChunk
{
    /// <summary>Texts in one chunk.</summary>
    public const int TextsInChunk = 4096;

    /// <summary>Whether elements are compressed: whole numbers are; floating-point numbers hardly compress.</summary>
    public static bool IsCompressed(ElementType type) => !type.IsFloating();

    /// <summary>The name of an item's chunk.</summary>
    /// <param name="array">The array's name.</param>
    /// <param name="index">The item's place in it.</param>
    /// <param name="itemDimensions">Dimensions of an item.</param>
    public static string Name(string array, long index, int itemDimensions) => string.Create(
        CultureInfo.InvariantCulture, $"{array}/c/{index}{string.Concat(Enumerable.Repeat("/0", itemDimensions))}");

    /// <summary>Writes an item's chunk.</summary>
    /// <param name="stream">Receives the file; it is only written forward.</param>
    /// <param name="item">The item's array.</param>
    public static void Write(Stream stream, PlaneSource item)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (!IsCompressed(item.Type))
        {
            ElementEncoder.Write(stream, item, ElementEncoder.Portable(item.Type));
            return;
        }

        using var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
        ElementEncoder.Write(gzip, item, item.Type);
    }

    /// <summary>A chunk of texts (the codec <c>vlen-utf8</c>): how many, then each one's length and bytes.</summary>
    /// <param name="texts">The texts, no more than <see cref="TextsInChunk"/>; those that are missing are empty.</param>
    public static byte[] Texts(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        using var chunk = new MemoryStream();
        Span<byte> number = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(number, TextsInChunk);
        chunk.Write(number);
        for (var i = 0; i < TextsInChunk; i++)
        {
            var bytes = i < texts.Count ? Encoding.UTF8.GetBytes(texts[i]) : [];
            BinaryPrimitives.WriteUInt32LittleEndian(number, (uint)bytes.Length);
            chunk.Write(number);
            chunk.Write(bytes);
        }

        return chunk.ToArray();
    }
}

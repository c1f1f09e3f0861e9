using System.Buffers.Binary;
using System.Text;
using Egress.Files;

namespace Egress.Tests;

/// <summary>Zip archives as PyTorch writes them: everything stored, in one folder.</summary>
internal static class ZipBytes
{
    public const string Folder = "archive";

    public static byte[] Archive(params (string Name, byte[] Content)[] files)
    {
        var bytes = new List<byte>();
        var directory = new List<byte>();
        foreach (var (name, content) in files)
        {
            var path = Encoding.UTF8.GetBytes($"{Folder}/{name}");
            var offset = bytes.Count;
            bytes.AddRange(Header(0x0403_4B50, [20, 0], content, path, []));
            bytes.AddRange(path);
            bytes.AddRange(content);
            directory.AddRange(Header(0x0201_4B50, [20, 0, 20, 0], content, path, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. Number(offset)]));
            directory.AddRange(path);
        }

        var start = bytes.Count;
        bytes.AddRange(directory);
        bytes.AddRange([0x50, 0x4B, 5, 6, 0, 0, 0, 0, .. Short(files.Length), .. Short(files.Length), .. Number(directory.Count), .. Number(start), 0, 0]);
        return [.. bytes];
    }

    private static byte[] Header(uint signature, byte[] versions, byte[] content, byte[] path, byte[] end) =>
    [
        .. Number((int)signature), .. versions, 0, 0, 0, 0, 0, 0, 0, 0,
        .. Number((int)~Crc32.Append(Crc32.Start, content)), .. Number(content.Length), .. Number(content.Length), .. Short(path.Length), 0, 0, .. end,
    ];

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Short(int value) => [(byte)value, (byte)(value >> 8)];
}

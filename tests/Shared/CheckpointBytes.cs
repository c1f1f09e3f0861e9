using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Egress.Tests;

/// <summary>Small files of PyTorch's, whole ones and such as no PyTorch writes.</summary>
internal static class CheckpointBytes
{
    public static byte[] Floats(int count) => MemoryMarshal.AsBytes<float>(Enumerable.Range(0, count).Select(i => i + 0.5f).ToArray()).ToArray();

    /// <summary>A file of the zip format.</summary>
    public static byte[] Zip(PickleBytes pickle, params (string Key, byte[] Content)[] storages) => ZipBytes.Archive(
        [("data.pkl", pickle.ToArray()), .. storages.Select(storage => ($"data/{storage.Key}", storage.Content)), ("version", "3\n"u8.ToArray())]);

    /// <summary>A state dictionary of two tensors: <c>a.weight</c> of 2 × 3 and, as a view, <c>a.bias</c> of 2.</summary>
    public static PickleBytes TwoTensors(string prefix = "") => new PickleBytes().Dictionary().Items(items => items
        .Text($"{prefix}a.weight").Tensor("0", 2, 3)
        .Text($"{prefix}a.bias").Tensor("1", "FloatStorage", 4, 1, [2], [1]));

    public static byte[] Whole { get; } = Zip(TwoTensors(), ("0", Floats(6)), ("1", Floats(4)));

    /// <summary>A file of the format before it.</summary>
    public static byte[] Legacy(PickleBytes data, PickleBytes keys, params byte[][] storages)
    {
        byte[] magic = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];
        var machine = new PickleBytes().Raw((byte)'}').Items(items => items.Text("little_endian").Raw(0x88));
        return
        [
            .. magic, .. new PickleBytes().Raw((byte)'M', 0xE9, 3).ToArray(), .. machine.ToArray(), .. data.ToArray(), .. keys.ToArray(),
            .. storages.SelectMany(storage => (byte[])[.. Count(storage.Length / 4), .. storage]),
        ];
    }

    public static PickleBytes Keys(params string[] keys)
    {
        var pickle = new PickleBytes().Raw((byte)']').Mark();
        return keys.Aggregate(pickle, (so_far, key) => so_far.Text(key)).Raw((byte)'e');
    }

    /// <summary>The old format's persistent ids have a sixth part, which is nothing.</summary>
    public static byte[] WholeLegacy { get; } = Legacy(TwoTensors(), Keys("0", "1"), Floats(6), Floats(4));

    private static byte[] Count(long count)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, count);
        return bytes;
    }
}

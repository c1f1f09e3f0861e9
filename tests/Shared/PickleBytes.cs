using System.Buffers.Binary;
using System.Text;

namespace Egress.Tests;

/// <summary>Writes pickles of protocol 2, instruction by instruction, as <c>torch.save</c> does.</summary>
internal sealed class PickleBytes
{
    private readonly List<byte> _bytes = [0x80, 2];

    public byte[] ToArray() => [.. _bytes, (byte)'.'];

    public PickleBytes Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public PickleBytes Global(string module, string name) => Raw([(byte)'c', .. Encoding.UTF8.GetBytes($"{module}\n{name}\n")]);

    public PickleBytes Mark() => Raw((byte)'(');

    public PickleBytes Tuple() => Raw((byte)'t');

    public PickleBytes Call() => Raw((byte)'R');

    public PickleBytes Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
        return Raw([(byte)'X', .. length, .. utf8]);
    }

    public PickleBytes Number(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Raw([0x8A, 8, .. bytes]);
    }

    public PickleBytes Numbers(params long[] values)
    {
        Mark();
        foreach (var value in values)
        {
            Number(value);
        }

        return Tuple();
    }

    /// <summary>An empty ordered dictionary; <see cref="Items"/> fills it.</summary>
    public PickleBytes Dictionary() => Global("collections", "OrderedDict").Raw((byte)')').Call();

    /// <summary>Keys and values that the action puts down, into the dictionary before it.</summary>
    public PickleBytes Items(Action<PickleBytes> items)
    {
        Mark();
        items(this);
        return Raw((byte)'u');
    }

    /// <summary>A tensor of a storage.</summary>
    public PickleBytes Tensor(string storage, string type, long count, long offset, long[] shape, long[] strides) =>
        Global("torch._utils", "_rebuild_tensor_v2").Mark()
            .Mark().Text("storage").Global("torch", type).Text(storage).Text("cpu").Number(count).Tuple().Raw((byte)'Q')
            .Number(offset).Numbers(shape).Numbers(strides).Raw(0x89).Dictionary().Tuple().Call();

    /// <summary>A tensor of 32-bit numbers that fills its storage.</summary>
    public PickleBytes Tensor(string storage, params long[] shape)
    {
        var strides = new long[shape.Length];
        long count = 1;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = count;
            count *= shape[i];
        }

        return Tensor(storage, "FloatStorage", count, 0, shape, strides);
    }
}

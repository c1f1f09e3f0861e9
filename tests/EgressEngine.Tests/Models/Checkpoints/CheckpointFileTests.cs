using System.Runtime.InteropServices;
using Egress.Models.Checkpoints;
using Egress.Models.Safetensors;
using Egress.Models.Weights;

namespace Egress.Tests.Models.Checkpoints;

public sealed class CheckpointFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, byte[]> Whole { get; } = new()
    {
        { "zip", CheckpointBytes.Whole },
        { "before zip", CheckpointBytes.WholeLegacy },
        { "in a training script's dictionary", CheckpointBytes.Zip(
            new PickleBytes().Raw((byte)'}').Items(items => items
                .Text("epoch").Number(3)
                .Text("loss").Raw((byte)'G', 0, 0, 0, 0, 0, 0, 0, 0)
                .Text("model").Dictionary().Items(inner => inner.Text("a.weight").Tensor("0", 2, 3).Text("a.bias").Tensor("1", "FloatStorage", 4, 1, [2], [1]))),
            ("0", CheckpointBytes.Floats(6)), ("1", CheckpointBytes.Floats(4))) },
        { "from data-parallel training", CheckpointBytes.Zip(CheckpointBytes.TwoTensors("module."), ("0", CheckpointBytes.Floats(6)), ("1", CheckpointBytes.Floats(4))) },
        { "compiled and in a framework", CheckpointBytes.Zip(CheckpointBytes.TwoTensors("model._orig_mod."), ("0", CheckpointBytes.Floats(6)), ("1", CheckpointBytes.Floats(4))) },
        { "with attributes", CheckpointBytes.Zip(
            CheckpointBytes.TwoTensors().Raw((byte)'}').Items(items => items.Text("_metadata").Dictionary()).Raw((byte)'b'),
            ("0", CheckpointBytes.Floats(6)), ("1", CheckpointBytes.Floats(4))) },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Whole))]
    public void A_state_dictionary_is_read_wherever_it_is_kept(string kind, byte[] content)
    {
        Assert.NotEmpty(kind);
        using var file = Open(content);

        Assert.Equal(["a.weight [2, 3] F32", "a.bias [2] F32"], file.Entries.Select(entry => $"{entry.Name} {entry.ShapeText} {entry.Type}"));
        Assert.Equal([0.5f, 1.5f, 2.5f, 3.5f, 4.5f, 5.5f], Values(file, "a.weight"));
        Assert.Equal([1.5f, 2.5f], Values(file, "a.bias"));
        Assert.All(file.Entries, entry => Assert.Null(entry.Strides));
    }

    [Fact]
    public void A_tensor_that_lies_in_another_order_keeps_its_strides()
    {
        var pickle = new PickleBytes().Dictionary().Items(items => items.Text("w").Tensor("0", "FloatStorage", 6, 0, [2, 3], [1, 2]));

        using var file = Open(CheckpointBytes.Zip(pickle, ("0", CheckpointBytes.Floats(6))));

        Assert.Equal([1L, 2L], file.Find("w")!.Strides);
        Assert.Equal(24, file.Find("w")!.Length);
    }

    [Fact]
    public void A_parameter_is_the_tensor_in_it()
    {
        var pickle = new PickleBytes().Dictionary().Items(items => items
            .Text("w").Global("torch._utils", "_rebuild_parameter").Mark().Tensor("0", 2).Raw(0x88).Dictionary().Tuple().Call());

        using var file = Open(CheckpointBytes.Zip(pickle, ("0", CheckpointBytes.Floats(2))));

        Assert.Equal([0.5f, 1.5f], Values(file, "w"));
    }

    [Fact]
    public void The_content_tells_the_format_and_not_the_name()
    {
        var path = _folder["weights.pth"];
        using (var stream = File.Create(path))
        {
            SafetensorsWriter.Write(stream, [new("w", StoredType.F32, [1], new byte[4])]);
        }

        using (var file = WeightsFile.Open(path))
        {
            Assert.IsType<SafetensorsFile>(file);
        }

        File.WriteAllBytes(path, CheckpointBytes.Whole);
        using (var file = WeightsFile.Open(path))
        {
            Assert.IsType<CheckpointFile>(file);
        }

        File.WriteAllBytes(path, CheckpointBytes.WholeLegacy);
        using (var file = WeightsFile.Open(path))
        {
            Assert.IsType<CheckpointFile>(file);
        }
    }

    [Fact]
    public void A_closed_file_gives_no_addresses()
    {
        var file = Open(CheckpointBytes.Whole);
        var entry = file.Entries[0];

        file.Dispose();
        file.Dispose();

        Assert.Throws<ObjectDisposedException>(() => file.Locate(entry));
    }

    private static unsafe float[] Values(CheckpointFile file, string name)
    {
        var entry = file.Find(name)!;
        return MemoryMarshal.Cast<byte, float>(new ReadOnlySpan<byte>((void*)file.Locate(entry), (int)entry.Length)).ToArray();
    }

    private CheckpointFile Open(byte[] content)
    {
        var path = _folder["weights.pth"];
        File.WriteAllBytes(path, content);
        return CheckpointFile.Open(path);
    }
}

using System.Text;
using Egress.Models.Weights;
using Egress.Tests;

namespace Egress.Fuzz;

/// <summary>
/// Whole files, damaged in places that matter: a change of a pickle or of a source gets its right checksum, one of a header of text
/// its right length, or nothing behind those would ever be reached.
/// </summary>
internal static class Seeds
{
    private static readonly byte[] s_safetensors = WriteSafetensors();

    private static readonly PickleBytes[] s_pickles =
    [
        CheckpointBytes.TwoTensors(),
        CheckpointBytes.TwoTensors("module.model."),
        new PickleBytes().Raw((byte)'}').Items(items => items.Text("epoch").Number(3).Text("state_dict").Dictionary()
            .Items(inner => inner.Text("w").Tensor("0", "FloatStorage", 6, 0, [2, 3], [1, 2]).Text("b").Tensor("1", "HalfStorage", 8, 3, [5], [1]))),
        new PickleBytes().Dictionary().Items(items => items
            .Text("w").Global("torch._utils", "_rebuild_parameter").Mark().Tensor("0", 2).Raw(0x88).Dictionary().Tuple().Call()
            .Text("v").Global("torch._utils", "_rebuild_tensor_v3").Mark()
            .Mark().Text("storage").Global("torch.storage", "UntypedStorage").Text("1").Text("cpu").Number(16).Tuple().Raw((byte)'Q')
            .Number(0).Numbers(2, 2).Numbers(2, 1).Raw(0x89).Dictionary().Global("torch", "uint16").Tuple().Call()),
        // Protocol 4: frames, short texts, globals from the stack, memo by count.
        new PickleBytes().Raw([0x95, 9, 0, 0, 0, 0, 0, 0, 0, 0x8C, 11, .. "collections"u8, 0x94, 0x8C, 11, .. "OrderedDict"u8, 0x94, 0x93, 0x94, (byte)')'])
            .Call().Items(items => items.Text("w").Tensor("0", 2)),
    ];

    private static readonly byte[] s_source = Encoding.UTF8.GetBytes("""
        class Net(Module):
          __parameters__ = []
          def forward(self: __torch__.Net,
            x: Tensor) -> Dict[str, Tensor]:
            return {"out": x}
        """);

    private static readonly byte[] s_packageSource = Encoding.UTF8.GetBytes("""
        ss << "input_handles[0]: unmatched dtype, " << "expected: " << arg_expected_dtype << "(at::kBFloat16), "
        ss << "input_handles[0]: unmatched dim value at 0, " << "expected: 64, " << "but got: "
        ss << "input_handles[0]: dim value is too small at 1, " << "expected it to be >= 2, " << "but got: "
        ss << "input_handles[0]: dim value is too large at 1, " << "expected to be <= 1024, " << "but got: "
        ss << "input_handles[0]: unmatched stride value at 1, " << "expected: 1, " << "but got: "
        out_spec_ = R"([1, {"type": "builtins.dict", "context": "[\"out\", \"aux\"]", "children_spec": [{"type": null, "context": null, "children_spec": []}, {"type": null, "context": null, "children_spec": []}]}])";
        """);

    public static byte[] Safetensors(Random random)
    {
        if (random.Next(3) == 0)
        {
            return Mutation.Of(s_safetensors, random);
        }

        var headerBytes = (int)BitConverter.ToInt64(s_safetensors);
        var header = Mutation.Of(s_safetensors[8..(8 + headerBytes)], random);
        return [.. BitConverter.GetBytes((long)header.Length), .. header, .. s_safetensors[(8 + headerBytes)..]];
    }

    public static byte[] Checkpoint(Random random)
    {
        var pickle = s_pickles[random.Next(s_pickles.Length)].ToArray();
        (string, byte[])[] storages = [("data/0", CheckpointBytes.Floats(6)), ("data/1", CheckpointBytes.Floats(4))];
        return random.Next(4) switch
        {
            0 => Mutation.Of(ZipBytes.Archive([("data.pkl", pickle), .. storages, ("version", [(byte)'3'])]), random),
            1 => Mutation.Of(CheckpointBytes.WholeLegacy, random),
            _ => ZipBytes.Archive([("data.pkl", Mutation.Of(pickle, random)), .. storages, ("byteorder", "little"u8.ToArray())]),
        };
    }

    public static byte[] Program(Random random)
    {
        byte[] root = [0x80, 2, (byte)'c', .. "__torch__\nNet\n"u8, (byte)')', 0x81, (byte)'}', (byte)'b', (byte)'.'];
        return random.Next(5) switch
        {
            0 => Mutation.Of(ZipBytes.Archive(("data.pkl", root), ("code/__torch__.py", s_source), ("constants.pkl", [0x80, 2, (byte)')', (byte)'.'])), random),
            1 => ZipBytes.Archive(("data.pkl", Mutation.Of(root, random)), ("code/__torch__.py", s_source), ("constants.pkl", [1])),
            2 => ZipBytes.Archive(("data.pkl", root), ("code/__torch__.py", Mutation.Of(s_source, random)), ("constants.pkl", [1])),
            3 => ZipBytes.Archive(
                ("data/aotinductor/model/x.wrapper.so", [1]),
                ("data/aotinductor/model/x.wrapper_metadata.json", Mutation.Of("""{"AOTI_DEVICE_KEY": "cuda"}"""u8.ToArray(), random)),
                ("data/aotinductor/model/x.wrapper.cpp", s_packageSource)),
            _ => ZipBytes.Archive(
                ("data/aotinductor/model/x.wrapper.so", [1]),
                ("data/aotinductor/model/x.wrapper_metadata.json", """{"AOTI_DEVICE_KEY": "cuda"}"""u8.ToArray()),
                ("data/aotinductor/model/x.wrapper.cpp", Mutation.Of(s_packageSource, random))),
        };
    }

    private static byte[] WriteSafetensors()
    {
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream,
        [
            new("a.weight", StoredType.F32, [2, 3], CheckpointBytes.Floats(6)),
            new("a.bias", StoredType.BF16, [2], new byte[4]),
            new("n.num_batches_tracked", StoredType.I64, [], new byte[8]),
            new("empty", StoredType.F16, [0, 5], Array.Empty<byte>()),
        ]);
        return stream.ToArray();
    }
}

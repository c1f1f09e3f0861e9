using Egress.Models.Checkpoints;

namespace Egress.Tests.Models.Checkpoints;

/// <summary>Files that are damaged, or made to do harm.</summary>
public sealed class CheckpointDamageTests : IDisposable
{
    private static readonly (string, byte[]) s_storage = ("0", CheckpointBytes.Floats(6));

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, byte[], string> Damaged { get; } = new()
    {
        { "an empty archive", ZipBytes.Archive(), "a zip archive of something else" },
        { "an archive of something else", ZipBytes.Archive(("notes.txt", [1])), "a zip archive of something else" },
        { "a TorchScript program", ZipBytes.Archive(("data.pkl", [1]), ("constants.pkl", [1])), "a TorchScript program, which -Model takes" },
        { "big-endian numbers", ZipBytes.Archive(("data.pkl", CheckpointBytes.TwoTensors().ToArray()), ("byteorder", "big"u8.ToArray())), "big-endian" },
        { "no end of the archive", CheckpointBytes.Whole[..^30], "its directory is missing" },
        { "the archive's first half", CheckpointBytes.Whole[..(CheckpointBytes.Whole.Length / 2)], "its directory is missing" },
        { "a directory beyond the end", Patch(CheckpointBytes.Whole, CheckpointBytes.Whole.Length - 6, 0xFF, 0xFF, 0xFF, 0x7F), "its directory is said to lie at" },
        { "more files than the directory holds", Patch(CheckpointBytes.Whole, CheckpointBytes.Whole.Length - 12, 0xFF, 0x7F), "is said to have 32767 files" },
        { "a missing storage", CheckpointBytes.Zip(CheckpointBytes.TwoTensors(), s_storage), "'archive/data/1' is not in it" },
        { "a storage that is too short", CheckpointBytes.Zip(One(pickle => pickle.Tensor("0", 7)), s_storage), "7 elements of 4 are to lie there" },
        { "a storage of negative length", CheckpointBytes.Zip(One(pickle => pickle.Tensor("0", "FloatStorage", -1, 0, [1], [1])), s_storage), "refers to something that is no storage" },
        { "a tensor beyond its storage", CheckpointBytes.Zip(One(pickle => pickle.Tensor("0", "FloatStorage", 6, 5, [2], [1])), s_storage), "reaches to byte 28 of a storage of 24" },
        { "strides beyond the storage", CheckpointBytes.Zip(One(pickle => pickle.Tensor("0", "FloatStorage", 6, 0, [2, 2], [6, 1])), s_storage), "reaches to byte 32 of a storage of 24" },
        { "an offset far beyond", CheckpointBytes.Zip(One(pickle => pickle.Tensor("0", "FloatStorage", 6, long.MaxValue / 2, [1], [1])), s_storage), "more elements than can be counted" },
        { "strides that overflow", CheckpointBytes.Zip(One(pickle => pickle.Tensor("0", "FloatStorage", 6, 0, [3, 3], [long.MaxValue, 1])), s_storage), "more elements than can be counted" },
        { "sizes that overflow", CheckpointBytes.Zip(One(pickle => pickle.Tensor("0", "FloatStorage", 6, 0, [long.MaxValue, 3], [0, 0])), s_storage), "more elements than can be counted" },
        { "a negative size", CheckpointBytes.Zip(One(pickle => pickle.Tensor("0", "FloatStorage", 6, 0, [-1], [1])), s_storage), "whole numbers from 0 on" },
        { "a negative stride", CheckpointBytes.Zip(One(pickle => pickle.Tensor("0", "FloatStorage", 6, 0, [2], [-1])), s_storage), "whole numbers from 0 on" },
        { "a negative offset", CheckpointBytes.Zip(One(pickle => pickle.Tensor("0", "FloatStorage", 6, -1, [2], [1])), s_storage), "do not go together" },
        { "a stride too few", CheckpointBytes.Zip(One(pickle => pickle.Tensor("0", "FloatStorage", 6, 0, [2, 3], [1])), s_storage), "do not go together" },
        { "a thousand dimensions", CheckpointBytes.Zip(One(pickle => pickle.Tensor("0", "FloatStorage", 6, 0, new long[1000], new long[1000])), s_storage), "whole numbers from 0 on" },
        { "a list instead of a dictionary", CheckpointBytes.Zip(new PickleBytes().Raw((byte)']')), "something else than a dictionary of tensors" },
        { "no tensors", CheckpointBytes.Zip(new PickleBytes().Raw((byte)'}').Items(items => items.Text("epoch").Number(1))), "It has 'epoch'" },
        { "no pickle", CheckpointBytes.Zip(new PickleBytes().Raw(1, 2, 3)), "the instruction 0x01" },
        { "a pickle cut short", ZipBytes.Archive(("data.pkl", CheckpointBytes.TwoTensors().ToArray()[..^9])), "cut short" },
        { "a text beyond the end", CheckpointBytes.Zip(new PickleBytes().Raw((byte)'X', 0xFF, 0xFF, 0xFF, 0x7F)), "cut short" },
        { "a text of negative length", CheckpointBytes.Zip(new PickleBytes().Raw((byte)'X', 0xFF, 0xFF, 0xFF, 0xFF)), "cut short" },
        { "a tuple of an empty stack", CheckpointBytes.Zip(new PickleBytes().Raw(0x87)), "its pickle is damaged" },
        { "a value from below a mark", CheckpointBytes.Zip(new PickleBytes().Number(1).Mark().Raw(0x85)), "its pickle is damaged" },
        { "a memo that was not made", CheckpointBytes.Zip(new PickleBytes().Raw((byte)'h', 7)), "its pickle is damaged" },
        { "a call of a number", CheckpointBytes.Zip(new PickleBytes().Number(1).Raw((byte)')').Call()), "calls something that is no function" },
        { "a call of a dictionary's item", CheckpointBytes.Zip(new PickleBytes().Dictionary().Raw((byte)')').Call()), "calls something that is no function" },
        { "a state of a tuple", CheckpointBytes.Zip(new PickleBytes().Numbers(1).Raw((byte)'}', (byte)'b')), "sets the state of something" },
        { "a dictionary of a number", CheckpointBytes.Zip(new PickleBytes().Global("collections", "OrderedDict").Numbers(1).Call()), "something else than pairs" },
        { "an instruction that makes objects", CheckpointBytes.Zip(new PickleBytes().Global("collections", "OrderedDict").Raw((byte)')', 0x81)), "the instruction 0x81" },
        { "an instruction that makes instances", CheckpointBytes.Zip(new PickleBytes().Mark().Raw([(byte)'i', .. "os\nsystem\n"u8])), "the instruction 0x69" },
        { "an instruction that calls a class", CheckpointBytes.Zip(new PickleBytes().Mark().Global("collections", "OrderedDict").Raw((byte)'o')), "the instruction 0x6F" },
        { "an extension's code", CheckpointBytes.Zip(new PickleBytes().Raw(0x82, 1)), "the instruction 0x82" },
        { "a storage that was cut off, before zip", CheckpointBytes.WholeLegacy[..^4], "cut short" },
        { "storages of other lengths, before zip", CheckpointBytes.Legacy(CheckpointBytes.TwoTensors(), CheckpointBytes.Keys("0", "1"), CheckpointBytes.Floats(6), CheckpointBytes.Floats(5)), "of 4 elements has 5" },
        { "a storage that nobody knows, before zip", CheckpointBytes.Legacy(CheckpointBytes.TwoTensors(), CheckpointBytes.Keys("0", "2"), CheckpointBytes.Floats(6), CheckpointBytes.Floats(4)), "storage '2' is of no type" },
        { "a storage that is missing, before zip", CheckpointBytes.Legacy(CheckpointBytes.TwoTensors(), CheckpointBytes.Keys("0"), CheckpointBytes.Floats(6)), "storage '1' is not in it" },
        { "a pickle of something else", [.. new PickleBytes().Number(1).ToArray()], "a pickle of something else" },
    };

    public static TheoryData<string, byte[]> Harmful { get; } = new()
    {
        { "posix.system", CheckpointBytes.Zip(new PickleBytes().Global("posix", "system").Text("touch /tmp/harm").Raw(0x85).Call()) },
        { "builtins.eval", CheckpointBytes.Zip(new PickleBytes().Global("builtins", "eval").Text("1").Raw(0x85).Call()) },
        { "argparse.Namespace", CheckpointBytes.Zip(new PickleBytes().Global("argparse", "Namespace").Raw((byte)')', 0x81)) },
        { "torch.load", CheckpointBytes.Zip(new PickleBytes().Global("torch", "load")) },
        { "torch.nn.modules.conv.Conv2d", CheckpointBytes.Zip(new PickleBytes().Text("torch.nn.modules.conv").Text("Conv2d").Raw(0x93)) },
        { "torchvision.models.segmentation.deeplabv3.DeepLabV3", [.. new PickleBytes().Global("torchvision.models.segmentation.deeplabv3", "DeepLabV3").ToArray()] },
        { "nt.system", CheckpointBytes.Legacy(new PickleBytes().Global("nt", "system"), CheckpointBytes.Keys()) },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Damaged))]
    public void A_damaged_file_is_refused_with_the_reason(string kind, byte[] content, string reason)
    {
        Assert.NotEmpty(kind);
        var error = Refuse(content);

        Assert.Equal(EgressErrorId.WeightsInvalid, error.ErrorId);
        Assert.Equal(EgressErrorCategory.InvalidData, error.Category);
        Assert.Equal(_folder["weights.pth"], error.Target);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Harmful))]
    public void Every_class_but_those_of_tensors_is_refused_by_name(string name, byte[] content)
    {
        var error = Refuse(content);

        Assert.Equal(EgressErrorId.WeightsClassRefused, error.ErrorId);
        Assert.Contains($"asks for {name},", error.Message, StringComparison.Ordinal);
        Assert.Contains("state_dict", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_files_of_one_archive_share_no_bytes()
    {
        // The second storage's record points to the first one's place, as archives do that unpack to more than they hold.
        var content = CheckpointBytes.Whole.ToArray();
        var text = System.Text.Encoding.Latin1.GetString(content);
        var directory = text.IndexOf("PK\u0001\u0002", StringComparison.Ordinal);
        var first = text.IndexOf("archive/data/0", directory, StringComparison.Ordinal) - 4;
        var second = text.IndexOf("archive/data/1", directory, StringComparison.Ordinal) - 4;
        content.AsSpan(first, 4).CopyTo(content.AsSpan(second, 4));

        Assert.Contains("shares bytes with another file", Refuse(content).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_pickle_repeats_takes_no_more_memory_than_the_pickle()
    {
        // A list that holds itself twice, sixty times over: written out it would have 2^60 items.
        var pickle = new PickleBytes().Raw((byte)']', (byte)'q', 0);
        for (byte i = 1; i < 60; i++)
        {
            pickle.Raw((byte)']').Mark().Raw((byte)'h', (byte)(i - 1), (byte)'h', (byte)(i - 1), (byte)'e', (byte)'q', i);
        }

        pickle.Raw((byte)'}').Items(items => items.Text("w").Tensor("0", 6)).Raw(0x85);
        var before = GC.GetAllocatedBytesForCurrentThread();

        _ = Refuse(CheckpointBytes.Zip(pickle, s_storage));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
    }

    [Fact]
    public void A_list_becomes_one_dictionary_and_not_many()
    {
        // A thousand pairs, and then a thousand dictionaries of them in seven bytes each.
        var pickle = new PickleBytes().Global("collections", "OrderedDict").Raw((byte)'q', 0, (byte)'0', (byte)']').Mark();
        for (var i = 0; i < 1000; i++)
        {
            pickle.Text($"{i:D5}").Raw((byte)'N', 0x86);
        }

        pickle.Raw((byte)'e', 0x85, (byte)'q', 1, (byte)'0').Mark();
        for (var i = 0; i < 1000; i++)
        {
            pickle.Raw((byte)'h', 0, (byte)'h', 1, (byte)'R');
        }

        var content = CheckpointBytes.Zip(pickle.Raw((byte)'t'), s_storage);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Contains("more than one dictionary of a list", Refuse(content).Message, StringComparison.Ordinal);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
    }

    [Fact]
    public void A_claim_of_much_costs_no_memory()
    {
        byte[][] claims =
        [
            CheckpointBytes.Zip(One(pickle => pickle.Tensor("0", "FloatStorage", long.MaxValue, 0, [1L << 40], [1])), s_storage),
            Patch(CheckpointBytes.Whole, CheckpointBytes.Whole.Length - 10, 0xF0, 0xFF, 0xFF, 0x7F),
            CheckpointBytes.Zip(new PickleBytes().Raw((byte)'T', 0xF0, 0xFF, 0xFF, 0x7F)),
        ];
        var before = GC.GetAllocatedBytesForCurrentThread();

        foreach (var claim in claims)
        {
            _ = Refuse(claim);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
    }

    private static PickleBytes One(Action<PickleBytes> tensor) => new PickleBytes().Dictionary().Items(items => tensor(items.Text("w")));

    private static byte[] Patch(byte[] content, int at, params byte[] bytes)
    {
        var patched = content.ToArray();
        bytes.CopyTo(patched, at);
        return patched;
    }

    private EgressException Refuse(byte[] content)
    {
        var path = _folder["weights.pth"];
        File.WriteAllBytes(path, content);
        return Assert.Throws<EgressException>(() => CheckpointFile.Open(path));
    }
}

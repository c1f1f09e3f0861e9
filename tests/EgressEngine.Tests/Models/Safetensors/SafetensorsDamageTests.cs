using Egress.Models.Weights;
using System.Text;
using Egress.Models.Safetensors;

namespace Egress.Tests.Models.Safetensors;

public sealed class SafetensorsDamageTests : IDisposable
{
    private const string Whole = SafetensorsBytes.TwoTensors;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, byte[], string> Damaged { get; } = new()
    {
        { "no byte", [], "it has 0 bytes" },
        { "half a length", [1, 2, 3], "it has 3 bytes" },
        { "a length of all ones", [255, 255, 255, 255, 255, 255, 255, 255, 1], "18446744073709551615" },
        { "a length above the limit", SafetensorsBytes.File("{}"u8.ToArray(), 0, 100_000_001), "more than the 100000000" },
        { "a length beyond the end", SafetensorsBytes.File("{}"u8.ToArray(), 0, 3), "claims 3 bytes, and the file has 10" },
        { "no header", SafetensorsBytes.File("", 4), "does not begin with '{'" },
        { "a list as header", SafetensorsBytes.File("[]", 0), "does not begin with '{'" },
        { "white space first", SafetensorsBytes.File(" {}", 0), "does not begin with '{'" },
        { "a header cut short", SafetensorsBytes.File(Whole[..^1], 12), "no valid JSON" },
        { "text behind the header", SafetensorsBytes.File("{}x", 0), "no valid JSON" },
        { "a trailing comma", SafetensorsBytes.File("{\"__metadata__\":{},}", 0), "no valid JSON" },
        { "a comment", SafetensorsBytes.File("{/* */}", 0), "no valid JSON" },
        { "deep nesting", SafetensorsBytes.File("""{"a":{"x":[[[[[[[[[[1]]]]]]]]]]}}""", 0), "no valid JSON" },
        { "a name that is no UTF-8", SafetensorsBytes.File([(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}'], 0), "no valid" },
        { "half of a surrogate pair", SafetensorsBytes.File("""{"\ud800":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", 0), "no valid text" },
        { "a number for a tensor", SafetensorsBytes.File("""{"a":1}""", 0), "'a' is described by no object" },
        { "a tensor without a type", SafetensorsBytes.File("""{"a":{"shape":[],"data_offsets":[0,4]}}""", 4), "lacks" },
        { "a tensor without a shape", SafetensorsBytes.File("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", 4), "lacks" },
        { "a tensor without a place", SafetensorsBytes.File("""{"a":{"dtype":"F32","shape":[1]}}""", 4), "lacks" },
        { "an unknown type", SafetensorsBytes.File(Whole.Replace("F32", "F33"), 12), "unknown dtype 'F33'" },
        { "a type of other case", SafetensorsBytes.File(Whole.Replace("F32", "f32"), 12), "unknown dtype 'f32'" },
        { "a number for a type", SafetensorsBytes.File(Whole.Replace("\"F32\"", "1"), 12), "dtype that is no string" },
        { "a shape that is no list", SafetensorsBytes.File(Whole.Replace("[2]", "2"), 12), "shape that is no list" },
        { "a negative size", SafetensorsBytes.File(Whole.Replace("[2]", "[-2]"), 12), "whole numbers" },
        { "a fractional size", SafetensorsBytes.File(Whole.Replace("[2]", "[2.0]"), 12), "whole numbers" },
        { "a size beyond 64 bits", SafetensorsBytes.File(Whole.Replace("[2]", "[18446744073709551618]"), 12), "whole numbers" },
        { "a size that is text", SafetensorsBytes.File(Whole.Replace("[2]", "[\"2\"]"), 12), "whole numbers" },
        { "a nested shape", SafetensorsBytes.File(Whole.Replace("[2]", "[[2]]"), 12), "whole numbers" },
        { "a product that overflows", SafetensorsBytes.File(Whole.Replace("[2]", "[4294967296,4294967296]"), 12), "more elements than can be counted" },
        { "bytes that overflow", SafetensorsBytes.File(Whole.Replace("[2]", "[4611686018427387904]"), 12), "more elements than can be counted" },
        { "a shape too large for its place", SafetensorsBytes.File(Whole.Replace("[2]", "[3]"), 12), "takes 8 bytes" },
        { "a shape too small for its place", SafetensorsBytes.File(Whole.Replace("[2]", "[1]"), 12), "takes 8 bytes" },
        { "one offset", SafetensorsBytes.File(Whole.Replace("[0,8]", "[8]"), 12), "1 data_offsets" },
        { "three offsets", SafetensorsBytes.File(Whole.Replace("[0,8]", "[0,8,8]"), 12), "3 data_offsets" },
        { "offsets in reverse", SafetensorsBytes.File(Whole.Replace("[0,8]", "[8,0]"), 12), "lies at bytes 8 to 0" },
        { "an offset beyond the end", SafetensorsBytes.File(Whole, 11), "lies at bytes 8 to 12" },
        { "an offset far beyond the end", SafetensorsBytes.File(Whole.Replace("[8,12]", "[8,9223372036854775807]"), 12), "9223372036854775807" },
        { "an overlap", SafetensorsBytes.File(Whole.Replace("[8,12]", "[4,8]"), 8), "overlaps" },
        { "the same place twice", SafetensorsBytes.File(Whole.Replace("\"I16\",\"shape\":[1,2],\"data_offsets\":[8,12]", "\"F32\",\"shape\":[2],\"data_offsets\":[0,8]"), 8), "overlaps" },
        { "a hole between tensors", SafetensorsBytes.File(Whole.Replace("[8,12]", "[10,14]"), 14), "2 bytes before tensor 'b'" },
        { "a hole at the start", SafetensorsBytes.File(Whole.Replace("[8,12]", "[12,16]").Replace("[0,8]", "[4,12]"), 16), "4 bytes before tensor 'a'" },
        { "bytes behind the last tensor", SafetensorsBytes.File(Whole, 13), "1 bytes at its end" },
        { "a name that is there twice", SafetensorsBytes.File(Whole.Replace("\"b\"", "\"a\""), 12), "names 'a' twice" },
        { "a property that is there twice", SafetensorsBytes.File(Whole.Replace("\"shape\":[2]", "\"shape\":[2],\"shape\":[2]"), 12), "shape twice" },
        { "metadata that are no object", SafetensorsBytes.File("""{"__metadata__":[]}""", 0), "no object" },
        { "metadata that are no text", SafetensorsBytes.File("""{"__metadata__":{"a":1}}""", 0), "no string" },
        { "a metadata key that is there twice", SafetensorsBytes.File("""{"__metadata__":{"a":"1","a":"1"}}""", 0), "names 'a' twice" },
        { "metadata that are there twice", SafetensorsBytes.File("""{"__metadata__":{},"__metadata__":{}}""", 0), "twice" },
        { "a pickle", Encoding.ASCII.GetBytes("PK\u0003\u0004" + new string('x', 100)), "more than the 100000000" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Damaged))]
    public void A_damaged_file_is_refused_with_the_reason(string damage, byte[] content, string reason)
    {
        var path = Write(content);

        var error = Assert.Throws<EgressException>(() => SafetensorsFile.Open(path));

        Assert.True(EgressErrorId.WeightsInvalid == error.ErrorId, damage);
        Assert.Equal(EgressErrorCategory.InvalidData, error.Category);
        Assert.Equal(path, error.Target);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Advice);
    }

    [Fact]
    public void Names_from_a_file_cannot_flood_or_disturb_the_console()
    {
        var path = Write(SafetensorsBytes.File($$"""{"\u001b[2J{{new string('n', 100_000)}}":1}""", 0));

        var error = Assert.Throws<EgressException>(() => SafetensorsFile.Open(path));

        Assert.InRange(error.Message.Length, 1, path.Length + 300);
        Assert.DoesNotContain('\u001b', error.Message);
    }

    /// <summary>
    /// Whatever is changed in a file, it is either refused in the one way, or its tensors lie within it; and it never costs more
    /// than the header that is really there.
    /// </summary>
    [Fact]
    public void Random_damage_never_ends_otherwise()
    {
        var whole = SafetensorsBytes.File(
            """{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"I16","shape":[1,2],"data_offsets":[8,12]}}""", 12);
        var random = new Random(20260);
        var refused = 0;
        var accepted = 0;
        for (var round = 0; round < 5_000; round++)
        {
            var path = _folder["mutated.safetensors"];
            File.WriteAllBytes(path, Mutate(whole, random));
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var file = SafetensorsFile.Open(path);
                foreach (var entry in file.Entries)
                {
                    Assert.Equal(entry.Length, entry.Shape.Aggregate((long)entry.Type.SizeInBytes(), (product, size) => product * size));
                    _ = file.BytesOf(entry).ToArray();
                }

                accepted++;
            }
            catch (EgressException e)
            {
                Assert.Equal(EgressErrorId.WeightsInvalid, e.ErrorId);
                refused++;
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        }

        // Both ways are taken, or the test shows nothing.
        Assert.InRange(refused, 1_000, 4_990);
        Assert.InRange(accepted, 10, 4_000);
    }

    private static byte[] Mutate(byte[] whole, Random random)
    {
        var content = whole.ToList();
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var at = random.Next(content.Count);
            switch (random.Next(5))
            {
                case 0:
                    content[at] = (byte)random.Next(256);
                    break;
                case 1:
                    content[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    content.Insert(at, (byte)"0123456789[]{},:\"F"[random.Next(18)]);
                    break;
                case 3:
                    content.RemoveAt(at);
                    break;
                default:
                    content.RemoveRange(at, random.Next(Math.Min(4, content.Count - at)));
                    break;
            }
        }

        return [.. content];
    }

    private string Write(byte[] content)
    {
        var path = _folder["damaged.safetensors"];
        File.WriteAllBytes(path, content);
        return path;
    }
}

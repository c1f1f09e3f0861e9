using Egress.Models;
using Egress.Models.Programs;

namespace Egress.Tests.Models.Programs;

/// <summary>What a model file says about itself before anything of it runs.</summary>
public sealed class ProgramFileTests : IDisposable
{
    private const string ChannelsLast = """
        out_spec_ = R"([1, {"type": "collections.OrderedDict", "context": "[\"out\", \"aux\"]", "children_spec": [{"type": null, "context": null, "children_spec": []}, {"type": null, "context": null, "children_spec": []}]}])";
        """;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, byte[], string> NoPrograms { get; } = new()
    {
        { "nothing", [], "neither TorchScript nor a compiled package" },
        { "text", "import torch"u8.ToArray(), "neither TorchScript nor a compiled package" },
        { "parameters", CheckpointBytes.Whole, "it holds parameters and no program" },
        { "old parameters", CheckpointBytes.WholeLegacy, "neither TorchScript nor a compiled package" },
        { "an exported program", ZipBytes.Archive(("archive_format", "pt2"u8.ToArray()), ("models/model.json", "{}"u8.ToArray())), "an exported program that was not compiled" },
        { "an archive of something else", ZipBytes.Archive(("notes.txt", [1])), "a zip archive of something else" },
        { "half an archive", ProgramBytes.Script(",\n    x: Tensor) -> Tensor:\n    return x")[..200], "it is damaged: its directory is missing" },
        { "a package without native code", ZipBytes.Archive(("data/aotinductor/model/a_metadata.json", """{"AOTI_DEVICE_KEY": "cpu"}"""u8.ToArray())), "without native code" },
        { "metadata that are no JSON", ZipBytes.Archive(("data/aotinductor/model/a.so", [1]), ("data/aotinductor/model/a_metadata.json", "{"u8.ToArray())), "its metadata are no valid JSON" },
        { "metadata that are no text", ZipBytes.Archive(("data/aotinductor/model/a.so", [1]), ("data/aotinductor/model/a_metadata.json", "{\"AOTI_DEVICE_KEY\": \"\u00FF\"}".Select(c => (byte)c).ToArray())), "its metadata are no valid JSON" },
        { "metadata with a number", ZipBytes.Archive(("data/aotinductor/model/a.so", [1]), ("data/aotinductor/model/a_metadata.json", "{\"AOTI_DEVICE_KEY\": \"cpu\", \"x\": 1}"u8.ToArray())), "no object of texts" },
        { "metadata without a device", ZipBytes.Archive(("data/aotinductor/model/a.so", [1]), ("data/aotinductor/model/a_metadata.json", "{}"u8.ToArray())), "have no AOTI_DEVICE_KEY" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(NoPrograms))]
    public void What_is_no_program_is_refused_with_the_reason(string kind, byte[] content, string reason)
    {
        Assert.NotEmpty(kind);
        var error = Assert.Throws<EgressException>(() => Open(content));

        Assert.Equal(EgressErrorId.ModelFileInvalid, error.ErrorId);
        Assert.Equal(EgressErrorCategory.InvalidData, error.Category);
        Assert.Equal(_folder["model.pt"], error.Target);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Advice);
    }

    [Fact]
    public void A_script_is_known_by_its_content()
    {
        var program = Open(ProgramBytes.Script(",\n    x: Tensor,\n    scale: Optional[float]=None) -> Dict[str, Tensor]:\n    return {\"out\": x}"));

        Assert.Equal(ProgramKind.TorchScript, program.Kind);
        Assert.Null(program.Device);
        Assert.Empty(program.Inputs);
        Assert.Equal("Dict[str, Tensor]", program.Function!.Returns);
        Assert.True(program.Function.ReturnsDictionary);
        Assert.Equal(["x", "scale"], program.Function.ParameterNames);
    }

    [Fact]
    public void A_package_tells_its_device_inputs_and_outputs()
    {
        var program = Open(ProgramBytes.Package("cuda", ProgramBytes.Checks("BFloat16", [64, 3, 512, 512], [786432, 1, 1536, 3]) + ChannelsLast));

        Assert.Equal(ProgramKind.Compiled, program.Kind);
        Assert.Equal("cuda", program.Device);
        Assert.Equal(["out", "aux"], program.OutputNames);
        var input = Assert.Single(program.Inputs);
        Assert.Equal("64×3×512×512 BFloat16", input.ToString());
        Assert.Equal(ModelPrecision.BFloat16, input.Precision);
        Assert.True(input.IsChannelsLast);
        Assert.Equal([64, 3, 512, 512], input.Shape.Select(dimension => dimension.Fixed ?? 0));
    }

    [Fact]
    public void Sizes_that_may_vary_are_ranges()
    {
        const string Range = """
            ss << "input_handles[0]: unmatched dtype, "
               << "expected: " << arg0_1_expected_dtype << "(at::kFloat), "
            ss << "input_handles[0]: dim value is too small at 0, " << "expected it to be >= 2, " << "but got: "
            ss << "input_handles[0]: dim value is too large at 0, " << "expected to be <= 1024, " << "but got: "
            ss << "input_handles[0]: unmatched dim value at 1, " << "expected: 3, " << "but got: "
            ss << "input_handles[0]: dim value is too small at 2, " << "expected it to be >= 0, " << "but got: "
            ss << "input_handles[0]: unmatched stride value at 3, " << "expected: 1, " << "but got: "
            ss << "output_handles[0]: unmatched dim value at 1, " << "expected: 21, " << "but got: "
            out_spec_ = "[1, {\"type\": \"builtins.tuple\", \"context\": \"null\", \"children_spec\": [{\"type\": null, \"context\": null, \"children_spec\": []}, {\"type\": null, \"context\": null, \"children_spec\": []}]}]";
            """;

        var program = Open(ProgramBytes.Package("cpu", Range));

        var input = Assert.Single(program.Inputs);
        Assert.Equal("(2…1024)×3×(0…)×(0…) Float32", input.ToString());
        Assert.False(input.IsChannelsLast);
        Assert.True(input.Shape[0].Takes(1024));
        Assert.False(input.Shape[0].Takes(1));
        Assert.Null(input.Shape[0].Fixed);
        Assert.Equal(["0", "1"], program.OutputNames);

        // A batch of one has to be filled up.
        Assert.False(program.TakesAnyBatch);
        Assert.True(Open(ProgramBytes.Package("cpu", Range.Replace(">= 2", ">= 1", StringComparison.Ordinal))).TakesAnyBatch);
        Assert.False(Open(ProgramBytes.Package("cpu", ProgramBytes.Checks("Float", [1, 3, 8, 8], []))).TakesAnyBatch);
    }

    [Fact]
    public void A_package_without_source_or_with_another_one_says_less()
    {
        Assert.Empty(Open(ProgramBytes.Package("cpu", "int main() {}")).Inputs);
        Assert.Empty(Open(ProgramBytes.Package("cpu", "out_spec_ = \"[1\";")).OutputNames);
        Assert.Empty(Open(ProgramBytes.Package("cpu", "out_spec_ = \"\\x\";")).OutputNames);
        Assert.Empty(Open(ZipBytes.Archive(("data/aotinductor/model/a.so", [1]), ("data/aotinductor/model/a_metadata.json", """{"AOTI_DEVICE_KEY": "cpu"}"""u8.ToArray()))).Inputs);
    }

    private ProgramFile Open(byte[] content)
    {
        var path = _folder["model.pt"];
        File.WriteAllBytes(path, content);
        return ProgramFile.Open(path);
    }
}

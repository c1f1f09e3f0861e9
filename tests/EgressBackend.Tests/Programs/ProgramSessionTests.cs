using System.Runtime.InteropServices;
using Egress.Backend.Tensors;
using Egress.Backend.Tests.Networks;
using Egress.Devices.Cpu;
using Egress.Models;
using Egress.Tests;

namespace Egress.Backend.Tests.Programs;

/// <summary>Programs beside the built-in network that computes the same.</summary>
public sealed class ProgramSessionTests : IDisposable
{
    private const int Size = 24;
    private const int Classes = 5;
    private const string Scores = """
            h = torch.relu(torch.conv2d(x, self.w0, self.b0, [1, 1], [0, 0], [1, 1], 1))
            y = torch.conv2d(h, self.w1, self.b1, [1, 1], [0, 0], [1, 1], 1)

        """;

    private static readonly (string Name, string InNetwork, long[] Shape)[] s_parameters =
    [
        ("w0", "backbone.conv.weight", [8, 3, 1, 1]), ("b0", "backbone.conv.bias", [8]),
        ("w1", "classifier.conv.weight", [Classes, 8, 1, 1]), ("b1", "classifier.conv.bias", [Classes]),
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new();

    private static long ParameterCount => s_parameters.Sum(parameter => parameter.Shape.Aggregate(1L, (product, size) => product * size));

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("Tensor", "y", null)]
    [InlineData("Dict[str, Tensor]", "{\"aux\": torch.neg(y), \"out\": y}", null)]
    [InlineData("Dict[str, Tensor]", "{\"a\": torch.neg(y), \"scores of it\": y}", "scores of it")]
    [InlineData("Tuple[Tensor, Tensor]", "(torch.neg(y), y)", "1")]
    [InlineData("List[Tensor]", "[torch.neg(y), y]", "1")]
    [InlineData("Tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]", "(x, x, x, x, x, x, y)", "6")]
    public void A_script_gives_what_the_built_in_network_gives(string returns, string result, string? output)
    {
        var options = Script(returns, result) with { OutputName = output };

        using var session = Create(options);

        Assert.Equal(Classes, session.Model.ClassCount);
        Assert.Equal(new TensorSpec(ElementType.Float32, Classes, Size, Size).ToString(), session.Output.ToString());
        Assert.Equal(4 * ParameterCount, session.ParameterBytes);
        Compare(BuiltIn(), session, 1e-6);
    }

    [Fact]
    public void Labels_and_half_precision_are_those_of_the_built_in_network()
    {
        var options = Script("Dict[str, Tensor]", "{\"out\": y}") with { OutputKind = OutputKind.Labels };
        using var labels = Create(options);
        Assert.Equal(Run(Create(BuiltInOptions() with { OutputKind = OutputKind.Labels }), 2), Run(labels, 2));

        using var half = Create(options with { OutputKind = OutputKind.Logits, Precision = ModelPrecision.BFloat16 });
        Assert.Equal(ElementType.BFloat16, half.Output.Type);
        Assert.Equal(2 * ParameterCount, half.ParameterBytes);
        using var builtIn = Create(BuiltInOptions() with { Precision = ModelPrecision.BFloat16 });
        var difference = Floats(Run(builtIn, 2)).Zip(Floats(Run(half, 2)), (a, b) => Math.Abs(a - b)).Max();
        Assert.InRange(difference, 0, 0.05);
    }

    [Fact]
    public void Scores_of_a_smaller_size_are_enlarged()
    {
        using var session = Create(Script("Tensor", "torch.avg_pool2d(y, [2, 2], [2, 2], [0, 0], False, True, None)"));

        Assert.Equal([Classes, Size, Size], session.Output.Shape);
        Assert.Equal(2L * Classes * Size * Size * sizeof(float), Run(session, 2).Length);
    }

    [Fact]
    public void A_program_that_takes_only_its_own_layout_is_given_that()
    {
        // A view of all of a picture's numbers in a row is none of a channels-last picture.
        const string Forward = ",\n    x: Tensor) -> Tensor:\n" + Scores + "    flat = torch.view(x, [torch.size(x, 0), -1])\n    return y";
        using var session = Create(Options(Forward));

        Compare(BuiltIn(), session, 1e-6);
    }

    [Fact]
    public void Whole_numbers_stay_whole_in_half_precision()
    {
        // An index in floating point is no index.
        const string Forward = ",\n    x: Tensor) -> Tensor:\n" + Scores + "    return torch.index_select(y, 1, torch.to(self.order, 4))";
        (string, long[], float[]) order = ("order", [3], [2, 0, 1]);
        using var session = Create(Options(Forward, order) with { Precision = ModelPrecision.BFloat16 });

        Assert.Equal(3, session.Model.ClassCount);
    }

    [Fact]
    public void Outputs_that_are_not_there_are_answered_with_those_that_are()
    {
        var error = Refuse(Script("Dict[str, Tensor]", "{\"out\": y, \"aux\": x}") with { OutputName = "logits" });
        Assert.Equal(EgressErrorId.ModelOutputUnknown, error.ErrorId);
        Assert.Equal("logits", error.Target);
        Assert.Contains("It has out (2×5×24×24 Float32), aux (2×3×24×24 Float32).", error.Message, StringComparison.Ordinal);
        Assert.Contains("-OutputName", error.Advice, StringComparison.Ordinal);

        error = Refuse(Script("Tuple[Tensor, Tensor]", "(y, x)"));
        Assert.Equal(EgressErrorId.ModelOutputUnknown, error.ErrorId);
        Assert.Contains("2 outputs, and none of them is named: 0 (2×5×24×24 Float32), 1 (", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Tensor", "torch.argmax(y, 1)", "is 2×24×24 Int64, and not a score")]
    [InlineData("Tensor", "torch.mean(y)", "is  Float32, and not a score")]
    [InlineData("Tensor", "torch.slice(y, 0, 0, 1)", "is 1×5×24×24 Float32, and not a score")]
    [InlineData("int", "torch.size(y, 1)", "returns a number")]
    [InlineData("Tuple[Tensor, int]", "(y, 1)", "returns other things than tensors")]
    public void What_is_no_score_of_each_class_for_each_pixel_is_refused(string returns, string result, string reason)
    {
        var error = Refuse(Script(returns, result));

        Assert.Equal(EgressErrorId.ModelOutputUnsupported, error.ErrorId);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_number_of_classes_than_asked_for_is_refused()
    {
        var error = Refuse(Script("Tensor", "y") with { ClassCount = 21 });

        Assert.Equal(EgressErrorId.ModelOutputUnsupported, error.ErrorId);
        Assert.Contains("tells 5 classes apart, and not 21", error.Message, StringComparison.Ordinal);
        Assert.Contains("-ClassCount 5", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_fails_is_found_out_before_the_first_batch()
    {
        var error = Refuse(Script("Tensor", "torch.view(y, [7, 7])"));

        Assert.Equal(EgressErrorId.ModelFailed, error.ErrorId);
        Assert.Contains("batch of 2 pictures of 24 pixels", error.Message, StringComparison.Ordinal);
        Assert.Contains("invalid for input of size", error.Message, StringComparison.Ordinal);
        Assert.Contains("-ImageSize", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_script_that_libtorch_does_not_take_is_refused()
    {
        var error = Refuse(Script("Tensor", "torch.no_such_operator(y)"));

        Assert.Equal(EgressErrorId.ModelFileInvalid, error.ErrorId);
        Assert.Contains("libtorch does not understand it: Unknown builtin op: aten::no_such_operator", error.Message, StringComparison.Ordinal);
        Assert.Equal(_folder["model.pt"], error.Target);
    }

    [Fact]
    public void A_package_for_another_device_is_refused_before_anything_of_it_runs()
    {
        var error = Refuse(Package("cuda", "Float", [2, 3, Size, Size]));

        Assert.Equal(EgressErrorId.ModelDeviceMismatch, error.ErrorId);
        Assert.Contains("-Device cuda", error.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Float", 4, 3, Size, "takes 4×3×24×24 Float32, and not 2×3×24×24 Float32", "-BatchSize 4 -ImageSize 24 -Precision Float32")]
    [InlineData("Float", 2, 3, 512, "takes 2×3×512×512 Float32", "-ImageSize 512")]
    [InlineData("BFloat16", 2, 3, Size, "takes 2×3×24×24 BFloat16", "-Precision BFloat16")]
    [InlineData("Byte", 2, 3, Size, "takes 2×3×24×24 Byte", "instead of Byte")]
    [InlineData("Float", 2, 1, Size, "takes 2×1×24×24 Float32", "batch, 3, height, width")]
    public void A_package_for_other_pictures_is_refused_before_anything_of_it_runs(
        string type, int batch, int channels, int size, string reason, string advice)
    {
        var error = Refuse(Package("cpu", type, [batch, channels, size, size]));

        Assert.Equal(EgressErrorId.ModelInputMismatch, error.ErrorId);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_package_whose_native_code_is_none_is_refused()
    {
        var error = Refuse(Package("cpu", "Float", [2, 3, Size, Size]));

        Assert.Equal(EgressErrorId.ModelFileInvalid, error.ErrorId);
        Assert.Contains("libtorch does not load it", error.Message, StringComparison.Ordinal);
        Assert.Contains("Compile it again", error.Advice, StringComparison.Ordinal);
    }

    private static byte[] Run(ISegmentationSession session, int count)
    {
        using var input = session.CreateInput(2);
        FormulaParameters.Picture(2, Size, Size).CopyTo(((TensorMemory)input).Tensor.bytes);
        using var output = session.Run(input, count);
        return ((TensorMemory)output).Tensor.bytes.ToArray();
    }

    private static IEnumerable<float> Floats(byte[] halves) =>
        MemoryMarshal.Cast<byte, ushort>(halves).ToArray().Select(bits => BitConverter.UInt32BitsToSingle((uint)bits << 16));

    private static void Compare(ISegmentationSession builtIn, ISegmentationSession session, double tolerance)
    {
        using (builtIn)
        {
            foreach (var count in new[] { 2, 1 })
            {
                var expected = MemoryMarshal.Cast<byte, float>(Run(builtIn, count)).ToArray();
                var actual = MemoryMarshal.Cast<byte, float>(Run(session, count)).ToArray();
                Assert.Equal(count * Classes * Size * Size, actual.Length);
                Assert.InRange(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs), 0, tolerance);
            }
        }
    }

    private SegmentationModelOptions Script(string returns, string result) =>
        Options($",\n    x: Tensor) -> {returns}:\n{Scores}    return {result}");

    private SegmentationModelOptions Options(string forward, params (string, long[], float[])[] more)
    {
        var path = _folder["model.pt"];
        File.WriteAllBytes(path, ProgramBytes.Script(
            forward, [.. s_parameters.Select(p => (p.Name, p.Shape, FormulaParameters.Values(p.InNetwork, p.Shape))), .. more]));
        return Program(path);
    }

    private SegmentationModelOptions Package(string device, string type, long[] shape)
    {
        var path = _folder["model.pt2"];
        File.WriteAllBytes(path, ProgramBytes.Package(device, ProgramBytes.Checks(type, shape, [])));
        return Program(path);
    }

    private static SegmentationModelOptions Program(string path) => new()
    {
        Model = path,
        ProgramPath = path,
        ProgramBatchSize = 2,
        ClassCount = 0,
        ImageSize = Size,
        OutputKind = OutputKind.Logits,
    };

    private SegmentationModelOptions BuiltInOptions()
    {
        var path = _folder["weights.safetensors"];
        ModelFiles.Write(path, [.. s_parameters.Select(parameter => ModelFiles.Tensor(parameter.InNetwork, parameter.Shape))]);
        return new SegmentationModelOptions
        {
            Model = BuiltInModels.Pointwise,
            WeightsPath = path,
            ClassCount = Classes,
            ImageSize = Size,
            OutputKind = OutputKind.Logits,
        };
    }

    private ISegmentationSession BuiltIn() => Create(BuiltInOptions());

    private ISegmentationSession Create(SegmentationModelOptions options) => new TorchBackend().CreateSegmentationSession(options, _device);

    private EgressException Refuse(SegmentationModelOptions options) => Assert.Throws<EgressException>(() => Create(options));
}

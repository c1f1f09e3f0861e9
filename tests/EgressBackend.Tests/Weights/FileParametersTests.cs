using System.Runtime.InteropServices;
using Egress.Backend.Networks;
using Egress.Backend.Tests.Networks;
using Egress.Backend.Weights;
using Egress.Devices.Cpu;
using Egress.Models.Weights;
using Egress.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace Egress.Backend.Tests.Weights;

public sealed class FileParametersTests : IDisposable
{
    private static readonly ParameterSpec[] s_parameters =
    [
        new("a.weight", [2, 3, 1, 1], default),
        new("a.bias", [2], default),
        new("n.num_batches_tracked", [], default, IsCounter: true),
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Values_come_as_they_lie_in_the_file()
    {
        using var source = Open(ModelFiles.Tensor("a.weight", 2, 3, 1, 1), ModelFiles.Tensor("a.bias", 2), Counter());

        var weight = source.Read(s_parameters[0]);

        Assert.Equal(ScalarType.Float32, weight.dtype);
        Assert.Equal([2, 3, 1, 1], weight.shape);
        Assert.Equal(FormulaParameters.Values("a.weight", [2, 3, 1, 1]), weight.data<float>().ToArray());
        Assert.Equal(FormulaParameters.Values("a.bias", [2]), source.Read(s_parameters[1]).data<float>().ToArray());
    }

    [Fact]
    public void Halves_and_doubles_are_converted()
    {
        var half = MemoryMarshal.AsBytes<Half>(new[] { (Half)1.5, (Half)(-0.25) }).ToArray();
        byte[] brain = [0xC0, 0x3F, 0x80, 0xBE];
        var wide = MemoryMarshal.AsBytes<double>(new[] { 1.5, -0.25 }).ToArray();
        foreach (var (type, data) in new[] { (StoredType.F16, half), (StoredType.BF16, brain), (StoredType.F64, wide) })
        {
            using var source = Open(ModelFiles.Tensor("a.weight", 2, 3, 1, 1), new("a.bias", type, [2], data), Counter());

            Assert.Equal([1.5f, -0.25f], source.Read(s_parameters[1]).data<float>().ToArray());
        }
    }

    [Fact]
    public void Elements_that_are_not_aligned_are_read_all_the_same()
    {
        using var source = Open(
            new("aux_classifier.odd", StoredType.U8, [1], new byte[1]),
            ModelFiles.Tensor("a.weight", 2, 3, 1, 1),
            ModelFiles.Tensor("a.bias", 2));

        Assert.Equal(FormulaParameters.Values("a.bias", [2]), source.Read(s_parameters[1]).data<float>().ToArray());
    }

    [Fact]
    public void The_training_head_and_missing_counters_are_no_differences()
    {
        using var source = Open(
            ModelFiles.Tensor("a.weight", 2, 3, 1, 1),
            ModelFiles.Tensor("a.bias", 2),
            ModelFiles.Tensor("aux_classifier.0.weight", 4),
            ModelFiles.Tensor("aux_classifier.4.bias", 1));

        Assert.Equal(2, source.Read(s_parameters[1]).NumberOfElements);
    }

    [Fact]
    public void All_differences_come_in_one_error()
    {
        var error = Assert.Throws<EgressException>(() => Open(
            ModelFiles.Tensor("a.weight", 3, 2, 1, 1),
            ModelFiles.Tensor("x.bias", 2),
            new("n.num_batches_tracked", StoredType.I64, [2], new byte[16]),
            ModelFiles.Tensor("w.bias", 2)));

        Assert.Equal(EgressErrorId.WeightsMismatch, error.ErrorId);
        Assert.Equal(EgressErrorCategory.InvalidData, error.Category);
        Assert.Equal(_folder["weights.safetensors"], error.Target);
        Assert.Contains("1 missing: a.bias.", error.Message, StringComparison.Ordinal);
        Assert.Contains("2 unexpected: w.bias, x.bias.", error.Message, StringComparison.Ordinal);
        Assert.Contains(
            "2 different: a.weight (shape [3, 2, 1, 1] instead of [2, 3, 1, 1]), n.num_batches_tracked (shape [2] instead of []).",
            error.Message,
            StringComparison.Ordinal);
        Assert.Contains("-Model", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Whole_numbers_are_no_weights()
    {
        var error = Assert.Throws<EgressException>(() => Open(
            ModelFiles.Tensor("a.weight", 2, 3, 1, 1), new("a.bias", StoredType.I32, [2], new byte[8])));

        Assert.Equal(EgressErrorId.WeightsMismatch, error.ErrorId);
        Assert.Contains("1 different: a.bias (of type I32", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_many_differences_the_first_are_named_and_all_are_counted()
    {
        var error = Assert.Throws<EgressException>(() => Open(
            [ModelFiles.Tensor("a.weight", 2, 3, 1, 1), ModelFiles.Tensor("a.bias", 2),
             .. Enumerable.Range(10, 40).Select(i => ModelFiles.Tensor($"z{i}", 1))]));

        Assert.Contains("40 unexpected: z10, z11, z12, z13, z14, z15,", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("z30", error.Message, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(10, 40).Select(i => $"z{i}"), (string[])error.Data["Unexpected"]!);
    }

    [Fact]
    public void Weights_for_another_number_of_classes_get_advice_about_that()
    {
        using var network = NetworkCatalog.Create("deeplabv3_resnet50", classes: 2);
        var path = _folder["deeplab.safetensors"];
        ModelFiles.Write(path, ModelFiles.DeepLab());

        var error = Assert.Throws<EgressException>(() => FileParameters.Open(path, network.Parameters, _device, CPU));

        Assert.Contains("2 different: classifier.4.weight (shape [21, 256, 1, 1] instead of [2, 256, 1, 1])", error.Message, StringComparison.Ordinal);
        Assert.Contains("-ClassCount", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_is_refused_before_it_is_compared()
    {
        var path = _folder["weights.safetensors"];
        File.WriteAllText(path, "not a safetensors file");

        var error = Assert.Throws<EgressException>(() => FileParameters.Open(path, s_parameters, _device, CPU));

        Assert.Equal(EgressErrorId.WeightsInvalid, error.ErrorId);
    }

    private static SafetensorsTensor Counter() => new("n.num_batches_tracked", StoredType.I64, [], new byte[8]);

    private FileParameters Open(params SafetensorsTensor[] tensors)
    {
        var path = _folder["weights.safetensors"];
        ModelFiles.Write(path, tensors);
        return FileParameters.Open(path, s_parameters, _device, CPU);
    }
}

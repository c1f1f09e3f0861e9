using System.Runtime.InteropServices;
using Egress.Backend.Networks;
using Egress.Backend.Tensors;
using Egress.Models;
using Egress.Output;
using TorchSharp;
using static TorchSharp.torch;

namespace Egress.Backend.Tests.Networks;

public sealed class DeepLabParityTests
{
    public static TheoryData<int> Cases { get; } = [.. Enumerable.Range(0, Reference.DeepLab.Cases.Length)];

    [Fact]
    public void The_parameters_have_the_names_shapes_and_order_of_torchvision()
    {
        using var network = NetworkCatalog.Create(BuiltInModels.DeepLabV3ResNet50, classes: 21);

        Assert.Equal(
            Reference.DeepLab.Parameters.Select(parameter => $"{parameter.Key} [{string.Join(", ", parameter.Value)}]"),
            network.Parameters.Select(parameter => $"{parameter.Name} [{string.Join(", ", parameter.Shape)}]"));
    }

    [Fact]
    public void The_formula_gives_the_parameters_and_pictures_of_the_reference()
    {
        foreach (var (name, crc) in Reference.DeepLab.ParameterCrc32)
        {
            var values = FormulaParameters.Values(name, Reference.DeepLab.Parameters[name]);
            Assert.Equal(crc, Crc(MemoryMarshal.AsBytes(values.AsSpan())));
        }

        foreach (var expected in Reference.DeepLab.Cases)
        {
            Assert.Equal(expected.InputCrc32, Crc(Pixels(expected)));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_logits_and_labels_are_those_of_torchvision(int index)
    {
        var expected = Reference.DeepLab.Cases[index];
        var placement = new TensorPlacement(CPU, ScalarType.Float32);
        using var network = NetworkCatalog.Create(BuiltInModels.DeepLabV3ResNet50, classes: 21);
        using var normalisation = new PictureNormalisation(placement);
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        network.Load(new FormulaParameters(), placement);
        var pictures = tensor(Pixels(expected)).reshape([.. expected.InputShape]);

        var logits = network.Forward(normalisation.Forward(pictures));

        Assert.Equal(expected.LogitsShape, logits.shape);
        Assert.True(logits.is_contiguous());
        var values = logits.data<float>().ToArray();
        var tolerance = 1e-5 * expected.MaxAbs;
        Assert.Equal(expected.SampleLogits.Length, expected.SampleIndex.Length);
        var worst = expected.SampleIndex.Zip(expected.SampleLogits, (at, logit) => Math.Abs((double)values[at] - logit)).Max();
        Assert.InRange(worst, 0, tolerance);

        Assert.Equal(expected.Mean, values.Average(value => (double)value), tolerance);
        Assert.Equal(expected.MaxAbs, values.Max(Math.Abs), tolerance);

        // No pixel is so close to a tie that such differences, one on either side, could turn it: every label has to be the same.
        Assert.InRange(worst, 0, expected.SmallestMargin / 2);
        var labels = OutputReduction.Reduce(logits, OutputKind.Labels).data<byte>().ToArray();
        Assert.Equal(expected.LabelHistogram, Enumerable.Range(0, 21).Select(label => (long)labels.Count(value => value == label)));
        Assert.Equal(expected.LabelCrc32, Crc(labels));
    }

    private static byte[] Pixels(ReferenceCase expected) =>
        FormulaParameters.Picture(expected.InputShape[0], expected.InputShape[1], expected.InputShape[2]);

    private static uint Crc(ReadOnlySpan<byte> data) => ~Crc32.Append(Crc32.Start, data);
}

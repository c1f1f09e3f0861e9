using System.Runtime.InteropServices;
using Egress.Backend.Networks;
using Egress.Backend.Segmentation;
using Egress.Backend.Tensors;
using Egress.Files;
using Egress.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Egress.Backend.Tests.Networks;

public sealed class NetworkParityTests
{
    public static TheoryData<string> Networks { get; } = [.. Reference.Networks];

    public static TheoryData<string, int> Cases { get; } =
        [.. Reference.Networks.SelectMany(network => Enumerable.Range(0, Reference.Of(network).Cases.Length).Select(index => (network, index)))];

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_parameters_have_the_names_shapes_and_order_of_torchvision(string name)
    {
        using var network = NetworkCatalog.Create(name, classes: 21);

        Assert.Equal(
            Reference.Of(name).Parameters.Select(parameter => $"{parameter.Key} [{string.Join(", ", parameter.Value)}]"),
            network.Parameters.Select(parameter => $"{parameter.Name} [{string.Join(", ", parameter.Shape)}]"));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_formula_gives_the_parameters_and_pictures_of_the_reference(string name)
    {
        var reference = Reference.Of(name);
        foreach (var (parameter, crc) in reference.ParameterCrc32)
        {
            var values = FormulaParameters.Values(parameter, reference.Parameters[parameter]);
            Assert.Equal(crc, Crc(MemoryMarshal.AsBytes(values.AsSpan())));
        }

        foreach (var expected in reference.Cases)
        {
            Assert.Equal(expected.InputCrc32, Crc(Pixels(expected)));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_logits_and_labels_are_those_of_torchvision(string name, int index)
    {
        var expected = Reference.Of(name).Cases[index];
        using var inference = inference_mode();
        using var scope = NewDisposeScope();

        var logits = Compute(name, expected, new TensorPlacement(CPU, ScalarType.Float32));

        AssertClose(expected, logits);
        var labels = OutputReduction.Reduce(logits, OutputKind.Labels).data<byte>().ToArray();
        Assert.InRange(expected.TiedPixels.Length, 0, labels.Length / 100);
        Array.ForEach(expected.TiedPixels, pixel => labels[pixel] = 0);
        Assert.Equal(expected.LabelHistogram, Enumerable.Range(0, 21).Select(label => (long)labels.Count(value => value == label)));
        Assert.Equal(expected.LabelCrc32, Crc(labels));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void In_half_precision_the_labels_are_those_of_single_precision(string name)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var expected = Reference.Of(name).Cases[0];
        var single = Compute(name, expected, new(CPU, ScalarType.Float32));

        AssertLabels(single, Compute(name, expected, new(CPU, ScalarType.BFloat16)));
    }

    /// <summary>The scores of a reference's pictures, from the network with its parameters, in order and on the CPU.</summary>
    internal static Tensor Compute(string name, ReferenceCase expected, TensorPlacement placement)
    {
        using var network = NetworkCatalog.Create(name, classes: 21);
        using var normalisation = new PictureNormalisation(placement);
        network.Load(new FormulaParameters(), placement);
        var pictures = tensor(Pixels(expected)).reshape([.. expected.InputShape]).to(placement.Device);

        var logits = network.Forward(normalisation.Forward(pictures));

        Assert.Equal(expected.LogitsShape, logits.shape);
        Assert.True(logits.is_contiguous());
        return logits.cpu();
    }

    /// <summary>
    /// Compares the best classes. A pixel is a tie where its two best scores are closer than eight roundings of the type, of the largest
    /// score: there, a winner is as good as drawn by lot.
    /// </summary>
    /// <returns>The share of the pixels that are no tie, and how many of these agree.</returns>
    internal static (double Counted, double Agreed) AssertLabels(Tensor single, Tensor half)
    {
        var rounding = half.dtype == ScalarType.Float16 ? Math.Pow(2, -11) : Math.Pow(2, -8);
        var (best, labels) = single.topk(2, dim: 1);
        using var tie = (8 * rounding * single.abs().max().item<float>()).ToScalar();
        var counts = (best.select(1, 0) - best.select(1, 1)).gt(tie);
        var counted = counts.sum().item<long>();
        var agreed = half.to(ScalarType.Float32).argmax(1).eq(labels.select(1, 0)).logical_and(counts).sum().item<long>();
        var shares = ((double)counted / counts.NumberOfElements, (double)agreed / counted);
        Assert.InRange(shares.Item1, 0.65, 1);
        Assert.InRange(shares.Item2, 0.999, 1);
        return shares;
    }

    /// <summary>Compares scores with the reference's, to 1e-5 of the largest of them.</summary>
    internal static void AssertClose(ReferenceCase expected, Tensor logits)
    {
        var values = logits.data<float>().ToArray();
        var tolerance = 1e-5 * expected.MaxAbs;
        Assert.Equal(expected.SampleIndex.Length, expected.SampleLogits.Length);
        var worst = expected.SampleIndex.Zip(expected.SampleLogits, (at, logit) => Math.Abs((double)values[at] - logit)).Max();
        Assert.InRange(worst, 0, tolerance);
        Assert.Equal(expected.Mean, values.Average(value => (double)value), tolerance);
        Assert.Equal(expected.MaxAbs, values.Max(Math.Abs), tolerance);
    }

    private static byte[] Pixels(ReferenceCase expected) =>
        FormulaParameters.Picture(expected.InputShape[0], expected.InputShape[1], expected.InputShape[2]);

    private static uint Crc(ReadOnlySpan<byte> data) => ~Crc32.Append(Crc32.Start, data);
}

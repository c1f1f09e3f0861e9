using System.Runtime.InteropServices;
using Egress.Backend.Segmentation;
using Egress.Backend.Tests.Networks;
using Egress.Devices.Cpu;
using Egress.Models;
using Egress.Output.Planes;

namespace Egress.Backend.Tests.Segmentation;

/// <summary>What leaves the device of a network's scores.</summary>
public sealed class OutputReductionTests : NetworkTests
{
    [Theory]
    [InlineData(21, 1, ModelPrecision.Float32)]
    [InlineData(21, 1, ModelPrecision.BFloat16)]
    [InlineData(300, 2, ModelPrecision.Float32)]
    public void Confidence_is_the_label_and_the_largest_of_the_soft_max(int classes, int labelBytes, ModelPrecision precision)
    {
        var options = new SegmentationModelOptions
        {
            Model = BuiltInModels.Pointwise,
            ClassCount = classes,
            ImageSize = Size,
            Seed = 5,
            Precision = precision,
        };
        var pictures = FormulaParameters.Picture(2, Size, Size);

        var logits = Run(options with { OutputKind = OutputKind.Logits }, pictures, 2);
        var labels = Run(options with { OutputKind = OutputKind.Labels }, pictures, 2);
        var confidence = Run(options with { OutputKind = OutputKind.Confidence }, pictures, 2);

        const int Pixels = Size * Size;
        var scores = new float[2 * classes * Pixels];
        var elementType = precision == ModelPrecision.BFloat16 ? ElementType.BFloat16 : ElementType.Float32;
        Scores.Widen(elementType, logits, scores);
        var item = Pixels * (labelBytes + 2);
        Assert.Equal(2 * item, confidence.Length);
        for (var picture = 0; picture < 2; picture++)
        {
            Assert.Equal(
                labels.AsSpan(picture * Pixels * labelBytes, Pixels * labelBytes), confidence.AsSpan(picture * item, Pixels * labelBytes));
            var fractions = MemoryMarshal.Cast<byte, ushort>(confidence.AsSpan((picture * item) + (Pixels * labelBytes), 2 * Pixels));
            for (var pixel = 0; pixel < Pixels; pixel += 7)
            {
                var column = Enumerable.Range(0, classes).Select(label => (double)scores[(((picture * classes) + label) * Pixels) + pixel]).ToList();
                var expected = 1 / column.Sum(score => Math.Exp(score - column.Max()));
                Assert.Equal(expected, fractions[pixel] / 65535.0, 1e-5);
            }
        }
    }

    [Fact]
    public void Only_what_is_asked_for_crosses_the_bus()
    {
        static long Bytes(OutputKind kind)
        {
            using var device = new CpuDevice();
            using var session = SegmentationSession.Create(
                new SegmentationModelOptions { Model = BuiltInModels.Pointwise, ImageSize = Size, OutputKind = kind }, device);
            using var input = session.CreateInput(3);
            using var output = session.Run(input, 3);
            Assert.Equal(3 * session.Output.Bytes, output.Bytes);
            return output.Bytes;
        }

        var logits = Bytes(OutputKind.Logits);
        Assert.Equal(3L * 21 * Size * Size * sizeof(float), logits);
        Assert.Equal(logits, 84 * Bytes(OutputKind.Labels));
        Assert.Equal(logits, 28 * Bytes(OutputKind.Confidence));
        Assert.Equal(logits, Bytes(OutputKind.Probabilities));
    }

    [Fact]
    public void Labels_and_probabilities_follow_from_the_logits()
    {
        var options = new SegmentationModelOptions { ImageSize = Size, Seed = 3 };
        var pictures = FormulaParameters.Picture(2, Size, Size);

        var logits = Floats(Run(options with { OutputKind = OutputKind.Logits }, pictures, 2));
        var probabilities = Floats(Run(options with { OutputKind = OutputKind.Probabilities }, pictures, 2));
        var labels = Run(options with { OutputKind = OutputKind.Labels }, pictures, 2);

        Assert.Equal(2 * Size * Size, labels.Length);
        for (var pixel = 0; pixel < labels.Length; pixel++)
        {
            var (batch, place) = Math.DivRem(pixel, Size * Size);
            var scores = Enumerable.Range(0, Classes).Select(c => (double)logits[(((batch * Classes) + c) * Size * Size) + place]).ToArray();
            Assert.Equal(Array.IndexOf(scores, scores.Max()), labels[pixel]);

            var sum = scores.Sum(score => Math.Exp(score - scores.Max()));
            for (var c = 0; c < Classes; c++)
            {
                var probability = probabilities[(((batch * Classes) + c) * Size * Size) + place];
                Assert.Equal(Math.Exp(scores[c] - scores.Max()) / sum, probability, 1e-5);
            }
        }
    }

    [Fact]
    public void Labels_of_more_than_256_classes_take_two_bytes()
    {
        var options = new SegmentationModelOptions { ImageSize = 16, ClassCount = 300 };
        var picture = FormulaParameters.Picture(1, 16, 16);

        var logits = Floats(Run(options with { OutputKind = OutputKind.Logits }, picture, 1));
        var labels = MemoryMarshal.Cast<byte, short>(Run(options, picture, 1)).ToArray();

        Assert.Equal(
            Enumerable.Range(0, 256).Select(pixel => (short)Enumerable.Range(0, 300).MaxBy(c => logits[(c * 256) + pixel])), labels);
        Assert.Equal(ElementType.Int16, options.OutputSpec.Type);
    }
}

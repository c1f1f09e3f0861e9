using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Egress.Backend.Tests.Networks;
using Egress.Buffers;
using Egress.Devices;
using Egress.Models;
using Egress.Tests;
using TorchSharp;

namespace Egress.Backend.Tests.Segmentation;

/// <summary>The session on a GPU, fed and read by raw copies on the device's streams as the pipeline does it.</summary>
[Trait("Category", "GPU")]
public sealed class SegmentationSessionGpuTests(ITestOutputHelper output) : IDisposable
{
    private const int Size = 64;

    private static readonly ReferenceCase s_expected = Reference.DeepLab.Cases[0];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [GpuFact]
    public void Without_tf32_the_logits_are_the_reference_logits()
    {
        var tf32 = torch.backends.cudnn.allow_tf32;
        torch.backends.cudnn.allow_tf32 = false;
        try
        {
            Assert.InRange(WorstLogit(ModelPrecision.Float32), 0, 1e-5);
        }
        finally
        {
            torch.backends.cudnn.allow_tf32 = tf32;
        }
    }

    /// <summary>TF32 and half precision have 11 significant bits, bfloat16 has 8.</summary>
    [GpuTheory]
    [InlineData(ModelPrecision.Float32, 1e-2)]
    [InlineData(ModelPrecision.Float16, 1e-2)]
    [InlineData(ModelPrecision.BFloat16, 8e-2)]
    public void Tensor_cores_give_the_reference_logits_to_their_accuracy(ModelPrecision precision, double tolerance)
    {
        Assert.InRange(WorstLogit(precision), 0, tolerance);
    }

    [GpuFact]
    public void Labels_and_probabilities_follow_from_the_logits()
    {
        var logits = MemoryMarshal.Cast<byte, float>(Run(Options(OutputKind.Logits))).ToArray();
        var labels = Run(Options(OutputKind.Labels));
        var probabilities = MemoryMarshal.Cast<byte, float>(Run(Options(OutputKind.Probabilities))).ToArray();

        var different = 0;
        for (var pixel = 0; pixel < labels.Length; pixel++)
        {
            var (batch, place) = Math.DivRem(pixel, Size * Size);
            var scores = Enumerable.Range(0, 21).Select(c => (double)logits[(((batch * 21) + c) * Size * Size) + place]).ToArray();
            different += Array.IndexOf(scores, scores.Max()) == labels[pixel] ? 0 : 1;
            var sum = scores.Sum(score => Math.Exp(score - scores.Max()));
            for (var c = 0; c < 21; c++)
            {
                Assert.Equal(
                    Math.Exp(scores[c] - scores.Max()) / sum, probabilities[(((batch * 21) + c) * Size * Size) + place], 1e-3);
            }
        }

        // cuDNN need not choose the same algorithm twice, so a pixel on the edge may fall to the other side.
        Assert.InRange(different, 0, labels.Length / 1000);
    }

    /// <summary>A device that other programs leave four GB of.</summary>
    [GpuFact]
    public void A_batch_that_does_not_fit_names_one_that_does()
    {
        using var device = DeviceFactory.Open(new DeviceSpec(DeviceKind.Cuda));
        using var session = new TorchBackend().CreateSegmentationSession(
            new SegmentationModelOptions { OutputKind = OutputKind.Logits }, device);
        using var input = session.CreateInput(256);
        var others = TakeAllMemory();
        try
        {
            others.TakeLast(4).ToList().ForEach(block => block.Dispose());
            var error = Assert.Throws<EgressException>(() => session.Run(input, 256));

            Assert.Equal(EgressErrorId.DeviceMemoryExhausted, error.ErrorId);
            output.WriteLine(error.Advice);
            var fitting = int.Parse(Regex.Match(error.Advice, @"-BatchSize (\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.InRange(fitting, 1, 255);
            session.Run(input, fitting).Dispose();
        }
        finally
        {
            others.ForEach(block => block.Dispose());
        }
    }

    private static List<torch.Tensor> TakeAllMemory()
    {
        var blocks = new List<torch.Tensor>();
        while (true)
        {
            try
            {
                blocks.Add(torch.empty([1L << 30], torch.ScalarType.Byte, torch.CUDA));
            }
            catch (ExternalException)
            {
                return blocks;
            }
        }
    }

    [GpuFact]
    public void More_memory_than_the_device_has_is_a_clear_error()
    {
        using var device = DeviceFactory.Open(new DeviceSpec(DeviceKind.Cuda));
        using var session = new TorchBackend().CreateSegmentationSession(new SegmentationModelOptions { ImageSize = 20_000 }, device);

        var error = Assert.Throws<EgressException>(() => session.CreateInput(1_000_000));

        Assert.Equal(EgressErrorId.DeviceMemoryExhausted, error.ErrorId);
        Assert.Equal("cuda:0", error.Target);
        output.WriteLine(error.Message);

        // The device goes on: nothing was half allocated.
        using var input = session.CreateInput(1);
        Assert.NotEqual(0, input.Address);
    }

    [GpuFact]
    public void Many_runs_leave_nothing_behind()
    {
        using var device = DeviceFactory.Open(new DeviceSpec(DeviceKind.Cuda));
        using var session = new TorchBackend().CreateSegmentationSession(new SegmentationModelOptions { ImageSize = Size }, device);
        using var input = session.CreateInput(2);
        session.Run(input, 2).Dispose();
        var before = torch.Tensor.TotalCount;

        for (var i = 0; i < 50; i++)
        {
            var result = session.Run(input, 1 + (i % 2));
            device.Synchronize();
            var thread = new Thread(result.Dispose);
            thread.Start();
            thread.Join();
        }

        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    /// <summary>The largest difference from the reference logits, as a share of the largest of them.</summary>
    private double WorstLogit(ModelPrecision precision)
    {
        var bytes = Run(Options(OutputKind.Logits) with { Precision = precision });
        Func<int, double> logit = precision switch
        {
            ModelPrecision.Float32 => at => MemoryMarshal.Cast<byte, float>(bytes)[at],
            ModelPrecision.Float16 => at => (double)MemoryMarshal.Cast<byte, Half>(bytes)[at],
            _ => at => BitConverter.UInt32BitsToSingle((uint)MemoryMarshal.Cast<byte, ushort>(bytes)[at] << 16),
        };
        var worst = s_expected.SampleIndex.Zip(s_expected.SampleLogits, (at, expected) => Math.Abs(logit(at) - expected)).Max();
        output.WriteLine($"{precision}: {worst / s_expected.MaxAbs:E2}");
        return worst / s_expected.MaxAbs;
    }

    private SegmentationModelOptions Options(OutputKind kind)
    {
        var path = _folder["deeplab.safetensors"];
        if (!File.Exists(path))
        {
            ModelFiles.Write(path, ModelFiles.DeepLab());
        }

        return new SegmentationModelOptions { ImageSize = Size, WeightsPath = path, OutputKind = kind };
    }

    private static byte[] Run(SegmentationModelOptions options)
    {
        var pictures = FormulaParameters.Picture(2, Size, Size);
        using var device = DeviceFactory.Open(new DeviceSpec(DeviceKind.Cuda));
        using var session = new TorchBackend().CreateSegmentationSession(options, device);
        using var input = session.CreateInput(2);
        using var host = device.AllocateHost(Math.Max(pictures.Length, 2 * session.Output.Bytes), HostMemoryKind.Pinned);

        pictures.CopyTo(host.Span(0, pictures.Length));
        device.IngressStream.CopyToDevice(input, host, pictures.Length);
        using var arrived = device.IngressStream.Record();
        device.ComputeStream.Wait(arrived);

        using var result = session.Run(input, 2);
        using var computed = device.ComputeStream.Record();
        device.EgressStream.Wait(computed);
        device.EgressStream.CopyToHost(host, result, result.Bytes);
        using var copied = device.EgressStream.Record();
        copied.Synchronize();
        return host.Span(0, checked((int)result.Bytes)).ToArray();
    }
}

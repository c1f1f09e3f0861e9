using System.Runtime.InteropServices;
using Egress.Backend.Tensors;
using Egress.Backend.Tests.Networks;
using Egress.Devices;
using Egress.Files;
using Egress.Models;
using Egress.Tests;
using TorchSharp;

namespace Egress.Backend.Tests.Segmentation;

/// <summary>Networks on the CPU, beside torchvision's.</summary>
public sealed class SegmentationSessionTests : NetworkTests
{
    /// <summary>Numbers in the network with its batch norms merged: each convolution's weight, and a bias for each of its outputs,
    /// but for shortcuts, whose bias is part of the one that their output is added to.</summary>
    private static long ParameterCount => Reference.DeepLab.Parameters
        .Where(parameter => parameter.Value.Length == 4)
        .Sum(parameter => parameter.Value.Aggregate(1L, (product, size) => product * size)
            + (parameter.Key.Contains("downsample", StringComparison.Ordinal) ? 0 : parameter.Value[0]));

    [Fact]
    public void A_session_says_what_goes_in_and_out()
    {
        using var session = Create(new SegmentationModelOptions { ImageSize = Size, OutputKind = OutputKind.Logits });

        Assert.Equal("48×48×3 UInt8", session.Input.ToString());
        Assert.Equal("21×48×48 Float32", session.Output.ToString());
        Assert.Equal(ParameterCount * sizeof(float), session.ParameterBytes);
    }

    [Fact]
    public void Weights_from_a_file_give_the_reference_logits_and_labels()
    {
        using var folder = new TemporaryFolder();
        var path = folder["deeplab.safetensors"];
        ModelFiles.Write(path, ModelFiles.DeepLab());
        var expected = Reference.DeepLab.Cases[0];
        Assert.Equal([2, 64, 64, 3], expected.InputShape);
        var pictures = FormulaParameters.Picture(2, 64, 64);
        var options = new SegmentationModelOptions { ImageSize = 64, WeightsPath = path };

        var logits = MemoryMarshal.Cast<byte, float>(Run(options with { OutputKind = OutputKind.Logits }, pictures, 2)).ToArray();
        var labels = Run(options with { OutputKind = OutputKind.Labels }, pictures, 2);

        Assert.Equal(2 * Classes * 64 * 64, logits.Length);
        for (var i = 0; i < expected.SampleIndex.Length; i++)
        {
            Assert.Equal(expected.SampleLogits[i], logits[expected.SampleIndex[i]], 1e-5 * expected.MaxAbs);
        }

        Array.ForEach(expected.TiedPixels, pixel => labels[pixel] = 0);
        Assert.Equal(expected.LabelCrc32, ~Crc32.Append(Crc32.Start, labels));
    }

    [Fact]
    public void A_last_batch_may_be_smaller_than_its_memory()
    {
        var options = new SegmentationModelOptions { ImageSize = Size, OutputKind = OutputKind.Logits };
        var pictures = FormulaParameters.Picture(3, Size, Size);
        using var session = Create(options);
        using var input = session.CreateInput(3);
        Fill(input, pictures);

        using var all = session.Run(input, 3);
        using var two = session.Run(input, 2);

        Assert.Equal(3 * session.Output.Bytes, all.Bytes);
        Assert.Equal(2 * session.Output.Bytes, two.Bytes);
        Assert.Equal(3 * session.Input.Bytes, input.Bytes);
        var first = Floats(Bytes(all)).AsSpan(0, (int)(two.Bytes / sizeof(float))).ToArray();
        AssertClose(first, Floats(Bytes(two)), 1e-5);
    }

    [Fact]
    public void One_input_memory_serves_one_batch_after_the_other()
    {
        using var session = Create(new SegmentationModelOptions { ImageSize = Size, OutputKind = OutputKind.Logits });
        using var input = session.CreateInput(1);
        var address = input.Address;
        var picture = FormulaParameters.Picture(1, Size, Size);

        Fill(input, picture);
        using var first = session.Run(input, 1);
        var firstBytes = Bytes(first);
        Fill(input, new byte[picture.Length]);
        using var second = session.Run(input, 1);
        Fill(input, picture);
        using var third = session.Run(input, 1);

        Assert.Equal(address, input.Address);
        Assert.NotEqual(firstBytes, Bytes(second));
        Assert.Equal(firstBytes, Bytes(first));
        Assert.Equal(firstBytes, Bytes(third));
    }

    [Fact]
    public void The_seed_decides_the_random_weights()
    {
        var options = new SegmentationModelOptions { ImageSize = Size, OutputKind = OutputKind.Logits };
        var picture = FormulaParameters.Picture(1, Size, Size);

        Assert.Equal(Run(options with { Seed = 1 }, picture, 1), Run(options with { Seed = 1 }, picture, 1));
        Assert.NotEqual(Run(options with { Seed = 1 }, picture, 1), Run(options with { Seed = 2 }, picture, 1));
    }

    [Theory]
    [InlineData(ModelPrecision.Float16, 5e-3)]
    [InlineData(ModelPrecision.BFloat16, 4e-2)]
    public void Half_precision_computes_the_same_to_its_own_accuracy(ModelPrecision precision, double tolerance)
    {
        var options = new SegmentationModelOptions { ImageSize = Size, Seed = 3, OutputKind = OutputKind.Logits };
        var picture = FormulaParameters.Picture(1, Size, Size);
        var expected = Floats(Run(options, picture, 1));

        var bytes = Run(options with { Precision = precision }, picture, 1);

        Assert.Equal(expected.Length * 2, bytes.Length);
        var values = precision == ModelPrecision.Float16
            ? [.. MemoryMarshal.Cast<byte, Half>(bytes).ToArray().Select(value => (float)value)]
            : MemoryMarshal.Cast<byte, ushort>(bytes).ToArray().Select(bits => BitConverter.UInt32BitsToSingle((uint)bits << 16)).ToArray();
        AssertClose(expected, values, tolerance);
        using var session = Create(options with { Precision = precision });
        Assert.Equal(ParameterCount * 2, session.ParameterBytes);
    }

    [Fact]
    public void Many_runs_leave_nothing_behind()
    {
        using var session = Create(new SegmentationModelOptions { ImageSize = 16 });
        using var input = session.CreateInput(2);
        session.Run(input, 2).Dispose();
        var before = torch.Tensor.TotalCount;
        var statistics = DisposeScopeManager.Statistics;
        statistics.Reset();

        for (var i = 0; i < 20; i++)
        {
            session.Run(input, 1 + (i % 2)).Dispose();
        }

        Assert.Equal(before, torch.Tensor.TotalCount);
        Assert.Equal(0, statistics.ThreadTotalLiveCount);
        Assert.Equal(0, statistics.CreatedOutsideScopeCount);
        Assert.Equal(20, statistics.DetachedFromScopeCount);
    }

    [Fact]
    public void Sessions_and_inputs_give_everything_back()
    {
        var before = torch.Tensor.TotalCount;
        for (var i = 0; i < 2; i++)
        {
            using var session = Create(new SegmentationModelOptions { ImageSize = 16 });
            using var input = session.CreateInput(1);
            using var output = session.Run(input, 1);
        }

        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    [Fact]
    public void A_session_that_cannot_be_made_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["w.safetensors"], "nothing");
        var before = torch.Tensor.TotalCount;

        Assert.Throws<EgressException>(() => Create(new SegmentationModelOptions { WeightsPath = folder["w.safetensors"] }));

        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    [Fact]
    public void Outputs_are_freed_once_from_whatever_thread()
    {
        using var session = Create(new SegmentationModelOptions { ImageSize = 16 });
        using var input = session.CreateInput(1);
        var before = torch.Tensor.TotalCount;
        var output = (TensorMemory)session.Run(input, 1);
        Assert.Equal(before + 1, torch.Tensor.TotalCount);

        var threads = Enumerable.Range(0, 8).Select(_ => new Thread(output.Dispose)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.Equal(before, torch.Tensor.TotalCount);
        Assert.Throws<ObjectDisposedException>(() => output.Tensor);
    }

    [Fact]
    public void A_session_runs_on_another_thread_than_it_was_made_on()
    {
        using var session = Create(new SegmentationModelOptions { ImageSize = 16 });
        using var input = session.CreateInput(1);
        byte[] here;
        using (var output = session.Run(input, 1))
        {
            here = Bytes(output);
        }

        byte[]? there = null;
        var thread = new Thread(() =>
        {
            using var output = session.Run(input, 1);
            there = Bytes(output);
        });
        thread.Start();
        thread.Join();

        Assert.Equal(here, there);
    }

    [Fact]
    public void More_memory_than_there_is_is_a_clear_error()
    {
        using var session = Create(new SegmentationModelOptions { ImageSize = 20_000 });

        var error = Assert.Throws<EgressException>(() => session.CreateInput(1_000_000));

        Assert.Equal(EgressErrorId.HostMemoryExhausted, error.ErrorId);
        Assert.Equal(EgressErrorCategory.ResourceUnavailable, error.Category);
        Assert.Contains("batch of 1000000", error.Message, StringComparison.Ordinal);
        Assert.Contains("-BatchSize", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_and_sizes_that_do_not_exist_are_refused()
    {
        Assert.Equal(
            EgressErrorId.ModelUnknown,
            Assert.Throws<EgressException>(() => Create(new SegmentationModelOptions { Model = "unet" })).ErrorId);
        Assert.Equal(
            EgressErrorId.OptionInvalid,
            Assert.Throws<EgressException>(() => Create(new SegmentationModelOptions { ClassCount = 0 })).ErrorId);
        Assert.Equal(
            EgressErrorId.OptionInvalid,
            Assert.Throws<EgressException>(() => Create(new SegmentationModelOptions { ImageSize = 0 })).ErrorId);
    }

    [Fact]
    public void Misuse_is_refused()
    {
        var session = Create(new SegmentationModelOptions { ImageSize = 16 });
        using var input = session.CreateInput(2);

        Assert.Throws<ArgumentOutOfRangeException>(() => session.Run(input, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Run(input, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.CreateInput(0));
        Assert.Throws<ArgumentException>(() => session.Run(new ForeignMemory(), 1));
        session.Dispose();
        session.Dispose();
        Assert.Throws<ObjectDisposedException>(() => session.Run(input, 1));
        Assert.Throws<ObjectDisposedException>(() => session.CreateInput(1));
    }

    /// <summary>Compares values, the tolerance being a share of the largest one.</summary>
    private static void AssertClose(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        var largest = expected.Max(Math.Abs);
        Assert.InRange(largest, 1e-3, 1e6);
        Assert.InRange(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max(), 0, tolerance * largest);
    }

    private sealed class ForeignMemory : IDeviceMemory
    {
        public nint Address => 0;

        public long Bytes => 0;

        public void Dispose()
        {
        }
    }
}

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Egress.Devices;
using Egress.Models;
using Egress.Tests;
using Egress.Vectors;
using TorchSharp;

namespace Egress.Backend.Tests.Embedding;

/// <summary>Encoders on a GPU, fed and read by raw copies on the device's streams as the pipeline does it.</summary>
[Trait("Category", "GPU")]
public sealed class EmbeddingSessionGpuTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, VectorPooling> Poolings => EncoderTests.Poolings;

    public void Dispose() => _folder.Dispose();

    [GpuTheory]
    [MemberData(nameof(Poolings))]
    public void Vectors_are_those_of_the_published_equations_whatever_they_were_computed_with(string family, VectorPooling pooling)
    {
        var reference = EncoderReference.Of(family);
        reference.Write(_folder["model"]);
        using var device = DeviceFactory.Open(new DeviceSpec(DeviceKind.Cuda));
        using var session = Open(device, new() { Model = family, ModelFolder = _folder["model"], Pooling = pooling });
        List<int[]> all = [.. reference.Sequences.Select(sequence => sequence.Ids)];

        var together = SessionRun.Run(session, device, all);

        for (var i = 0; i < all.Count; i++)
        {
            var expected = reference.Sequences[i].Pool(pooling);
            Closeness.AssertClose(expected, SessionRun.Floats(together[i]), 1e-5);
            Closeness.AssertClose(expected, SessionRun.Floats(SessionRun.Run(session, device, [all[i], all[i]])[1]), 1e-5);
            Closeness.AssertClose(expected, SessionRun.Floats(SessionRun.Run(session, device, [all[i]], measure: false)[0]), 1e-5);
        }
    }

    /// <summary>With and without padding, each by another kernel, at the sizes that they were made for.</summary>
    [GpuTheory]
    [InlineData(ModelPrecision.Float16)]
    [InlineData(ModelPrecision.BFloat16)]
    public void Half_precision_gives_the_vectors_of_single_precision(ModelPrecision precision)
    {
        using var device = DeviceFactory.Open(new DeviceSpec(DeviceKind.Cuda));
        var options = new EmbeddingModelOptions { Model = BuiltInEncoders.BertMini, MaxLength = 512 };
        var random = new Random(5);
        List<int[]> mixed = [.. new[] { 512, 3, 77, 128, 500, 1 }.Select(length => Ids(random, length))];
        List<int[]> even = [Ids(random, 512), Ids(random, 512)];
        using var single = Open(device, options);
        using var half = Open(device, options with { Precision = precision, VectorPrecision = VectorPrecision.Float16 });
        foreach (var sequences in new[] { mixed, even })
        {
            var expected = SessionRun.Run(single, device, sequences);
            var actual = SessionRun.Run(half, device, sequences);
            for (var i = 0; i < sequences.Count; i++)
            {
                double[] vector = [.. SessionRun.Floats(expected[i]).Select(value => (double)value)];
                float[] other = [.. MemoryMarshal.Cast<byte, Half>(actual[i]).ToArray().Select(value => (float)value)];
                var cosine = Closeness.Cosine(vector, other);
                output.WriteLine($"{precision}, {sequences[i].Length} tokens: 1 - cosine = {1 - cosine:E2}");
                Assert.InRange(cosine, 0.9999, 1);
            }
        }
    }

    [GpuFact]
    public void Integers_and_their_scale_are_those_of_the_host()
    {
        var reference = EncoderReference.Of("bert");
        reference.Write(_folder["model"]);
        using var device = DeviceFactory.Open(new DeviceSpec(DeviceKind.Cuda));
        var options = new EmbeddingModelOptions { Model = "bert", ModelFolder = _folder["model"], Pooling = VectorPooling.None, VectorPrecision = VectorPrecision.Int8 };
        using var session = Open(device, options);

        var actual = SessionRun.Run(session, device, [reference.Sequences[2].Ids, reference.Sequences[0].Ids])[0];

        foreach (var (vector, number) in reference.Sequences[2].States.Chunk(24).Select((vector, number) => (vector, number)))
        {
            var elements = new float[24];
            VectorElements.Read(session.Layout, actual.AsSpan(number * session.Layout.VectorBytes), elements);
            var step = vector.Max(Math.Abs) / 127;
            Assert.All(vector.Zip(elements), pair => Assert.Equal(pair.First, pair.Second, 0.51f * step));
        }
    }

    /// <summary>An index beyond a table's end would end the process.</summary>
    [GpuFact]
    public void Tokens_that_the_model_does_not_know_never_reach_the_device()
    {
        var reference = EncoderReference.Of("bert");
        reference.Write(_folder["model"]);
        using var device = DeviceFactory.Open(new DeviceSpec(DeviceKind.Cuda));
        using var session = Open(device, new() { Model = "bert", ModelFolder = _folder["model"] });

        Assert.Throws<EgressException>(() => SessionRun.Run(session, device, [[1, 50]]));
        Assert.Single(SessionRun.Run(session, device, [[1, int.MaxValue, int.MinValue]], measure: false));
        Assert.Equal(2, SessionRun.Run(session, device, [[], [1]]).Count);
        Closeness.AssertClose(
            reference.Sequences[0].Pool(VectorPooling.Mean), SessionRun.Floats(SessionRun.Run(session, device, [reference.Sequences[0].Ids])[0]), 1e-5);
    }

    /// <summary>A device that other programs leave two GB of.</summary>
    [GpuFact]
    public void A_batch_that_does_not_fit_names_one_that_does()
    {
        using var device = DeviceFactory.Open(new DeviceSpec(DeviceKind.Cuda));
        using var session = Open(device, new EmbeddingModelOptions { Model = BuiltInEncoders.BertMini, Pooling = VectorPooling.None });
        using var input = session.CreateInput(4096);
        var others = new List<torch.Tensor>();
        try
        {
            try
            {
                while (true)
                {
                    others.Add(torch.empty([1L << 30], torch.ScalarType.Byte, torch.CUDA));
                }
            }
            catch (ExternalException)
            {
                others.TakeLast(2).ToList().ForEach(block => block.Dispose());
            }

            var error = Assert.Throws<EgressException>(() => session.Run(input, 4096));

            Assert.Equal(EgressErrorId.DeviceMemoryExhausted, error.ErrorId);
            output.WriteLine(error.Advice);
            Assert.Contains("-ModelPrecision", error.Advice, StringComparison.Ordinal);
            var fitting = int.Parse(Regex.Match(error.Advice, @"-BatchSize (\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.InRange(fitting, 1, 4095);
            session.Run(input, fitting).Dispose();
        }
        finally
        {
            others.ForEach(block => block.Dispose());
        }
    }

    [GpuFact]
    public void Many_runs_leave_nothing_behind()
    {
        using var device = DeviceFactory.Open(new DeviceSpec(DeviceKind.Cuda));
        using var session = Open(device, new EmbeddingModelOptions { Model = BuiltInEncoders.BertTiny, MaxLength = 64 });
        using var input = session.CreateInput(2);
        session.Run(input, 2).Dispose();
        var before = torch.Tensor.TotalCount;

        for (var i = 0; i < 50; i++)
        {
            var result = session.Run(input, 1 + (i % 2), 8 * (1 + (i % 8)));
            device.Synchronize();
            var thread = new Thread(result.Dispose);
            thread.Start();
            thread.Join();
        }

        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    private static int[] Ids(Random random, int length) => [.. Enumerable.Range(0, length).Select(_ => random.Next(30_522))];

    private static IEmbeddingSession Open(IDevice device, EmbeddingModelOptions options) => new TorchBackend().CreateEmbeddingSession(options, device);
}

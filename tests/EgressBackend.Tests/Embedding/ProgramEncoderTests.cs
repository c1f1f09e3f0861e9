using System.Runtime.InteropServices;
using Egress.Backend.Tensors;
using Egress.Backend.Tests.Networks;
using Egress.Devices.Cpu;
using Egress.Models;
using Egress.Tests;
using Egress.Vectors;

namespace Egress.Backend.Tests.Embedding;

/// <summary>Programs that encode, beside the same computed here.</summary>
public sealed class ProgramEncoderTests : IDisposable
{
    private const int Vocabulary = 30;
    private const int Width = 4;
    private const int MaxLength = 10;

    /// <summary>A state is the token's row, less the mean of the rows of the sequence's tokens.</summary>
    private const string States = """
            h = torch.embedding(self.w, ids, -1, False, False)
            m = torch.unsqueeze(torch.to(mask, 6), -1)
            s = torch.div(torch.sum(torch.mul(h, m), [1], True), torch.sum(m, [1], True))
            y = torch.sub(h, s)

        """;

    private static readonly int[][] s_sequences = [[3, 1, 4, 1, 5], [9], [2, 6, 5, 3, 5, 8, 9, 7, 9, 3], [2, 3]];
    private static readonly float[] s_table = FormulaParameters.Values("embeddings.word_embeddings.weight", [Vocabulary, Width]);

    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new();

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("Tensor", "y", null)]
    [InlineData("Dict[str, Tensor]", "{\"pooler_output\": s, \"last_hidden_state\": y}", null)]
    [InlineData("Tuple[Tensor, Tensor]", "(y, s)", "0")]
    public void Hidden_states_of_a_script_are_pooled(string returns, string result, string? output)
    {
        foreach (var pooling in Enum.GetValues<VectorPooling>())
        {
            using var session = Open(Script(returns, result) with { Pooling = pooling, OutputName = output });

            var outputs = SessionRun.Run(session, _device, s_sequences);

            Assert.Equal((Width, pooling == VectorPooling.None), (session.Layout.Dimension, session.Layout.IsTokenLevel));
            for (var i = 0; i < s_sequences.Length; i++)
            {
                AssertClose(Expected(s_sequences[i], pooling), SessionRun.Floats(outputs[i]));
            }
        }
    }

    [Fact]
    public void A_script_may_take_ids_alone_or_kinds_of_tokens_too()
    {
        const string Alone = ",\n    ids: Tensor) -> Tensor:\n    return torch.embedding(self.w, ids, -1, False, False)";
        const string Kinds = ",\n    ids: Tensor,\n    mask: Tensor,\n    kinds: Tensor) -> Tensor:\n" + States + "    return torch.add(y, torch.unsqueeze(torch.to(kinds, 6), -1))";
        using var alone = Open(Options(Alone) with { Pooling = VectorPooling.Last });
        using var kinds = Open(Options(Kinds) with { Pooling = VectorPooling.None });

        Assert.Equal(Row(5), SessionRun.Floats(SessionRun.Run(alone, _device, s_sequences)[0]));
        AssertClose(Expected(s_sequences[2], VectorPooling.None), SessionRun.Floats(SessionRun.Run(kinds, _device, s_sequences)[2]));
    }

    [Fact]
    public void Vectors_of_a_script_are_taken_as_they_are()
    {
        var options = Script("Tensor", "torch.squeeze(s, 1)") with { Normalize = true, VectorPrecision = VectorPrecision.Int8 };
        foreach (var pooling in new[] { VectorPooling.Mean, VectorPooling.Cls, VectorPooling.Last })
        {
            using var session = Open(options with { Pooling = pooling });
            var output = SessionRun.Run(session, _device, s_sequences)[0];

            var elements = new float[Width];
            VectorElements.Read(session.Layout, output, elements);
            var mean = Mean(s_sequences[0]);
            var length = Math.Sqrt(mean.Sum(value => value * value));
            Assert.All(elements.Zip(mean), pair => Assert.Equal(pair.Second / length, pair.First, 0.01));
        }

        var error = Refuse(options with { Pooling = VectorPooling.None });
        Assert.Equal(EgressErrorId.ModelOutputUnsupported, error.ErrorId);
        Assert.Contains("2×4 Float32: one vector an item", error.Message, StringComparison.Ordinal);
        Assert.Contains("-Pooling None", error.Advice, StringComparison.Ordinal);
    }

    /// <summary>A traced program often takes the length that it was traced with and no other.</summary>
    [Theory]
    [InlineData(VectorPooling.Mean)]
    [InlineData(VectorPooling.None)]
    public void A_script_of_one_length_is_given_padding(VectorPooling pooling)
    {
        using var session = Open(Script("Tensor", "torch.view(y, [-1, 10, 4])") with { Pooling = pooling });

        var outputs = SessionRun.Run(session, _device, s_sequences[..2]);

        // Padding on the way in does not come out.
        Assert.Equal(pooling == VectorPooling.None ? 8 * Width * sizeof(float) : Width * sizeof(float), outputs[0].Length);
        AssertClose(Expected(s_sequences[0], pooling), SessionRun.Floats(outputs[0]));
        AssertClose(Expected(s_sequences[1], pooling), SessionRun.Floats(outputs[1]));
    }

    [Fact]
    public void Without_a_length_the_usual_one_is_taken()
    {
        using var session = Open(Script("Tensor", "y") with { MaxLength = 0 });

        Assert.Equal(512, session.Model.MaxLength);
        Assert.Equal(0, session.VocabularySize);
        Assert.Equal(4 * Vocabulary * Width, session.ParameterBytes);
    }

    [Fact]
    public void Half_precision_is_that_of_the_parameters()
    {
        const string Alone = ",\n    ids: Tensor) -> Tensor:\n    return torch.embedding(self.w, ids, -1, False, False)";
        using var session = Open(Options(Alone) with { Precision = ModelPrecision.BFloat16, Pooling = VectorPooling.Cls });

        var output = SessionRun.Floats(SessionRun.Run(session, _device, s_sequences)[0]);

        Assert.All(output, value => Assert.Equal(0u, BitConverter.SingleToUInt32Bits(value) & 0xFFFF));
        Assert.All(output.Zip(Row(3)), pair => Assert.Equal(pair.Second, pair.First, 0.01));
    }

    [Theory]
    [InlineData("Tensor", "torch.argmax(y, 2)", "is 2×10 Int64, and neither hidden states nor vectors of 2 items")]
    [InlineData("Tensor", "torch.mean(y)", "is  Float32, and neither")]
    [InlineData("Tensor", "torch.slice(y, 0, 0, 1)", "is 1×10×4 Float32, and neither")]
    [InlineData("Tensor", "torch.slice(y, 1, 0, 5)", "is 2×5×4 Float32: 5 vectors for sequences of 10 tokens")]
    public void What_is_neither_states_nor_vectors_is_refused(string returns, string result, string reason)
    {
        var error = Refuse(Script(returns, result));

        Assert.Equal(EgressErrorId.ModelOutputUnsupported, error.ErrorId);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Outputs_without_a_name_are_answered_with_what_there_is()
    {
        var error = Refuse(Script("Tuple[Tensor, Tensor]", "(y, s)"));

        Assert.Equal(EgressErrorId.ModelOutputUnknown, error.ErrorId);
        Assert.Contains("0 (2×10×4 Float32), 1 (2×1×4 Float32)", error.Message, StringComparison.Ordinal);
        Assert.Contains("hidden states or vectors with -OutputName", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_fails_is_found_out_before_the_first_batch()
    {
        var error = Refuse(Script("Tensor", "torch.view(y, [7, 7])"));

        Assert.Equal(EgressErrorId.ModelFailed, error.ErrorId);
        Assert.Contains("batch of 2 sequences of 10 tokens in Float32", error.Message, StringComparison.Ordinal);
        Assert.Contains("-MaxLength", error.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Long", 2, 8, 1, "takes 2×8 Long, and not 2×10 tokens", "-MaxLength 8")]
    [InlineData("Long", 4, 10, 2, "takes 4×10 Long and 4×10 Long", "-BatchSize 4")]
    [InlineData("Float", 2, 10, 1, "takes 2×10 Float32", "64-bit integers")]
    [InlineData("Long", 2, 10, 4, "and not 2×10 tokens", "or the first of them")]
    public void A_package_for_other_sequences_is_refused_before_anything_of_it_runs(
        string type, int batch, int length, int inputs, string reason, string advice)
    {
        var path = _folder["model.pt2"];
        File.WriteAllBytes(path, ProgramBytes.Package(
            "cpu", string.Concat(Enumerable.Range(0, inputs).Select(input => ProgramBytes.Checks(type, [batch, length], [], input)))));

        var error = Refuse(Program(path));

        Assert.Equal(EgressErrorId.ModelInputMismatch, error.ErrorId);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_package_for_another_device_is_refused()
    {
        var path = _folder["model.pt2"];
        File.WriteAllBytes(path, ProgramBytes.Package("cuda", ProgramBytes.Checks("Long", [2, 10], [])));

        Assert.Equal(EgressErrorId.ModelDeviceMismatch, Refuse(Program(path)).ErrorId);
    }

    /// <summary>The mean colour of each quarter of a picture.</summary>
    [Theory]
    [InlineData("torch.transpose(torch.flatten(torch.avg_pool2d(x, [4, 4], [4, 4], [0, 0], False, True, None), 2, -1), 1, 2)")]
    [InlineData("torch.mean(x, [2, 3])")]
    public void Pictures_are_normalised_and_their_patches_pooled(string result)
    {
        const int Size = 8;
        var isPooled = result.StartsWith("torch.mean", StringComparison.Ordinal);
        var pictures = FormulaParameters.Picture(3, Size, Size);
        var options = Options($",\n    x: Tensor) -> Tensor:\n    return {result}") with { ImageSize = Size };
        foreach (var pooling in Enum.GetValues<VectorPooling>().Where(pooling => !(isPooled && pooling == VectorPooling.None)))
        {
            using var session = Open(options with { Pooling = pooling });
            using var input = session.CreateInput(3);
            Marshal.Copy(pictures, 0, input.Address, pictures.Length);
            using var host = Buffers.HostBlock.Allocate(pictures.Length, Buffers.HostMemoryKind.Pageable);
            Assert.Equal(0, session.MeasureExtent(host, 3));
            using var output = (TensorMemory)session.Run(input, 2);

            Assert.Equal("8×8×3 UInt8", session.Input.ToString());
            Assert.Equal(pooling == VectorPooling.None ? "4×3 Float32" : "3 Float32", session.Output.ToString());
            Assert.Equal(2 * session.OutputBytes(0), output.Bytes);
            var vectors = SessionRun.Floats(output.Tensor.bytes);
            int[] patches = isPooled ? [0, 1, 2, 3] : pooling switch { VectorPooling.Cls => [0], VectorPooling.Last => [3], _ => [0, 1, 2, 3] };
            for (var picture = 0; picture < 2; picture++)
            {
                for (var channel = 0; channel < 3; channel++)
                {
                    double[] means = [.. patches.Select(patch => PatchMean(pictures, picture, patch, channel))];
                    if (pooling == VectorPooling.None)
                    {
                        Assert.All(patches, patch => Assert.Equal(means[patch], vectors[(((picture * 4) + patch) * 3) + channel], 1e-5));
                    }
                    else
                    {
                        Assert.Equal(means.Average(), vectors[(picture * 3) + channel], 1e-5);
                    }
                }
            }
        }
    }

    [Fact]
    public void An_id_that_a_script_does_not_know_is_its_tokenizer_s_fault()
    {
        using var session = Open(Script("Tensor", "y"));

        var error = Assert.Throws<EgressException>(() => SessionRun.Run(session, _device, [[1, Vocabulary]]));

        Assert.Equal((EgressErrorId.ModelFailed, EgressErrorCategory.InvalidData), (error.ErrorId, error.Category));
        Assert.Contains("out of range", error.Message, StringComparison.Ordinal);
        Assert.Contains("-Tokenizer", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_runs_leave_nothing_behind()
    {
        using var session = Open(Script("Tensor", "torch.view(y, [-1, 10, 4])") with { Pooling = VectorPooling.None });
        using var input = session.CreateInput(2);
        session.Run(input, 2).Dispose();
        var before = TorchSharp.torch.Tensor.TotalCount;
        for (var i = 0; i < 10; i++)
        {
            session.Run(input, 2, 8).Dispose();
        }

        Assert.Equal(before, TorchSharp.torch.Tensor.TotalCount);
    }

    private static double PatchMean(byte[] pictures, int picture, int patch, int channel)
    {
        double[] mean = [0.485, 0.456, 0.406];
        double[] deviation = [0.229, 0.224, 0.225];
        var (top, left) = (patch / 2 * 4, patch % 2 * 4);
        return Enumerable.Range(0, 16).Average(pixel =>
            ((pictures[(((((picture * 8) + top + (pixel / 4)) * 8) + left + (pixel % 4)) * 3) + channel] / 255.0) - mean[channel]) / deviation[channel]);
    }

    private static float[] Row(int id) => s_table[(id * Width)..((id + 1) * Width)];

    private static double[] Mean(int[] ids) => [.. Enumerable.Range(0, Width).Select(at => ids.Average(id => (double)Row(id)[at]))];

    private static double[] Expected(int[] ids, VectorPooling pooling)
    {
        var mean = Mean(ids);
        double[] State(int id) => [.. Row(id).Zip(mean, (value, of) => value - of)];

        return pooling switch
        {
            VectorPooling.Mean => new double[Width],
            VectorPooling.Cls => State(ids[0]),
            VectorPooling.Last => State(ids[^1]),
            _ => [.. ids.SelectMany(State)],
        };
    }

    private static void AssertClose(double[] expected, float[] actual)
    {
        Assert.InRange(actual.Length, expected.Length, int.MaxValue);
        Assert.InRange(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-5);
    }

    private EmbeddingModelOptions Script(string returns, string result) =>
        Options($",\n    ids: Tensor,\n    mask: Tensor) -> {returns}:\n{States}    return {result}");

    private EmbeddingModelOptions Options(string forward)
    {
        var path = _folder["model.pt"];
        File.WriteAllBytes(path, ProgramBytes.Script(forward, ("w", [Vocabulary, Width], s_table)));
        return Program(path);
    }

    private static EmbeddingModelOptions Program(string path) =>
        new() { Model = path, ProgramPath = path, ProgramBatchSize = 2, MaxLength = MaxLength };

    private IEmbeddingSession Open(EmbeddingModelOptions options) => new TorchBackend().CreateEmbeddingSession(options, _device);

    private EgressException Refuse(EmbeddingModelOptions options) => Assert.Throws<EgressException>(() => Open(options));
}

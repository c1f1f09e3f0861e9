using System.Runtime.InteropServices;
using Egress.Backend.Networks;
using Egress.Backend.Tensors;
using Egress.Buffers;
using Egress.Devices.Cpu;
using Egress.Models;
using Egress.Models.Weights;
using Egress.Tests;
using Egress.Vectors;
using TorchSharp;

namespace Egress.Backend.Tests.Embedding;

public sealed class EmbeddingSessionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new();

    public static TheoryData<string, VectorPooling> Poolings { get; } =
        [.. EncoderReference.Families.SelectMany(family => Enum.GetValues<VectorPooling>().Select(pooling => (family, pooling)))];

    public static TheoryData<string> Families { get; } = [.. EncoderReference.Families];

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Poolings))]
    public void Vectors_are_those_of_the_published_equations(string family, VectorPooling pooling)
    {
        var reference = EncoderReference.Of(family);
        using var session = Open(family, pooling);

        var outputs = SessionRun.Run(session, _device, [.. reference.Sequences.Select(sequence => sequence.Ids)]);

        for (var i = 0; i < outputs.Count; i++)
        {
            AssertClose(reference.Sequences[i].Pool(pooling), SessionRun.Floats(outputs[i]), 1e-5);
        }
    }

    /// <summary>Alone, beside shorter ones, beside longer ones, beside its like, in all the room there is.</summary>
    [Theory]
    [MemberData(nameof(Poolings))]
    public void A_sequence_has_the_same_vector_whatever_it_was_computed_with(string family, VectorPooling pooling)
    {
        var sequences = EncoderReference.Of(family).Sequences;
        using var session = Open(family, pooling);
        foreach (var sequence in sequences)
        {
            var expected = sequence.Pool(pooling);
            foreach (var other in sequences)
            {
                AssertClose(expected, SessionRun.Floats(SessionRun.Run(session, _device, [other.Ids, sequence.Ids])[1]), 1e-5);
            }

            AssertClose(expected, SessionRun.Floats(SessionRun.Run(session, _device, [sequence.Ids])[0]), 1e-5);
            AssertClose(expected, SessionRun.Floats(SessionRun.Run(session, _device, [sequence.Ids], measure: false)[0]), 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void The_parameters_have_the_names_and_shapes_of_Hugging_Face(string family)
    {
        var reference = EncoderReference.Of(family);
        reference.Write(_folder["model"]);
        using var encoder = new BertEncoder(Backend.Embedding.EncoderFolder.ReadShape(_folder["model"]), 5);

        Assert.Equal(
            reference.Parameters.Select(parameter => $"{parameter.Key} [{string.Join(", ", parameter.Value)}]").Order(),
            encoder.Parameters.Select(parameter => $"{parameter.Name} [{string.Join(", ", parameter.Shape)}]").Order());
    }

    [Theory]
    [InlineData("bert.")]
    [InlineData("model.encoder.")]
    public void A_model_of_a_task_brings_its_encoder(string prefix)
    {
        var reference = EncoderReference.Of("bert");
        reference.Write(
            _folder["model"], prefix,
            ModelFiles.Tensor($"{prefix}pooler.dense.weight", 24, 24),
            new($"{prefix}embeddings.position_ids", StoredType.I64, [1, 20], new byte[160]),
            ModelFiles.Tensor("cls.predictions.bias", 50));
        using var session = Open(Options("model"));

        var output = SessionRun.Run(session, _device, [reference.Sequences[0].Ids]);

        AssertClose(reference.Sequences[0].Pool(VectorPooling.Mean), SessionRun.Floats(output[0]), 1e-5);
    }

    [Fact]
    public void Norms_may_have_the_names_of_the_first_models()
    {
        var reference = EncoderReference.Of("bert");
        reference.Write(_folder["model"]);
        ModelFiles.Write(_folder["old.safetensors"], [.. reference.Tensors("bert.").Select(tensor => tensor with
        {
            Name = tensor.Name.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal).Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal),
        })]);
        using var session = Open(Options("model") with { WeightsPath = _folder["old.safetensors"] });

        var output = SessionRun.Run(session, _device, [reference.Sequences[2].Ids]);

        AssertClose(reference.Sequences[2].Pool(VectorPooling.Mean), SessionRun.Floats(output[0]), 1e-5);
    }

    [Fact]
    public void A_session_says_what_goes_in_and_out()
    {
        var reference = EncoderReference.Of("roberta");
        using var session = Open("roberta", VectorPooling.None);

        // Two positions belong to RoBERTa's padding.
        Assert.Equal(18, session.Model.MaxLength);
        Assert.Equal("19 Int32", session.Input.ToString());
        Assert.Equal("18×16 Float32", session.Output.ToString());
        Assert.Equal(new VectorLayout(VectorPrecision.Float32, 16, IsTokenLevel: true), session.Layout);
        Assert.Equal(50, session.VocabularySize);
        Assert.Equal(session.Output.Bytes, session.OutputBytes(0));

        // Of positions only those that a sequence can reach are kept, of kinds of tokens none.
        var parameters = reference.Parameters.Values.Sum(shape => shape.Aggregate(1L, (product, size) => product * size));
        Assert.Equal(4 * (parameters - (3 * 16)), session.ParameterBytes);

        using var shorter = Open(Options("model") with { MaxLength = 7, Pooling = VectorPooling.Mean, VectorPrecision = VectorPrecision.Int8 });
        Assert.Equal("8 Int32", shorter.Input.ToString());
        Assert.Equal("20 UInt8", shorter.Output.ToString());
    }

    [Theory]
    [InlineData("bert_tiny", 128, 4_369_408)]
    [InlineData("bert_mini", 256, 11_104_768)]
    public void Built_in_encoders_have_the_published_sizes(string name, int width, long parameters)
    {
        using var session = Open(new EmbeddingModelOptions { Model = name });

        Assert.Equal(width, session.Layout.Dimension);
        Assert.Equal(512, session.Model.MaxLength);
        Assert.Equal(30_522, session.VocabularySize);
        Assert.Equal(4 * (parameters - (2 * width)), session.ParameterBytes);
    }

    [Fact]
    public void The_seed_decides_the_random_parameters()
    {
        var options = new EmbeddingModelOptions { Model = "bert_tiny", MaxLength = 8 };

        float[] Vector(long seed)
        {
            using var session = Open(options with { Seed = seed });
            return SessionRun.Floats(SessionRun.Run(session, _device, [[3, 1, 4, 1, 5]])[0]);
        }

        Assert.Equal(Vector(1), Vector(1));
        Assert.NotEqual(Vector(1), Vector(2));
    }

    [Theory]
    [InlineData(ModelPrecision.Float16, 0.9999)]
    [InlineData(ModelPrecision.BFloat16, 0.999)]
    public void Half_precision_computes_the_same_to_its_own_accuracy(ModelPrecision precision, double cosine)
    {
        var reference = EncoderReference.Of("bert");
        reference.Write(_folder["model"]);
        using var session = Open(Options("model") with { Precision = precision });

        var outputs = SessionRun.Run(session, _device, [.. reference.Sequences.Select(sequence => sequence.Ids)]);

        Assert.Equal(VectorPrecision.Float32, session.Layout.Precision);
        for (var i = 0; i < outputs.Count; i++)
        {
            Assert.InRange(Cosine(reference.Sequences[i].Pool(VectorPooling.Mean), SessionRun.Floats(outputs[i])), cosine, 1);
        }
    }

    [Theory]
    [InlineData(VectorPooling.Mean, VectorPrecision.Float32)]
    [InlineData(VectorPooling.Mean, VectorPrecision.Int8)]
    [InlineData(VectorPooling.None, VectorPrecision.Float16)]
    [InlineData(VectorPooling.None, VectorPrecision.Int8)]
    public void Normalised_vectors_have_a_length_of_1(VectorPooling pooling, VectorPrecision precision)
    {
        var reference = EncoderReference.Of("bert");
        reference.Write(_folder["model"]);
        using var session = Open(Options("model") with { Pooling = pooling, Normalize = true, VectorPrecision = precision });

        var output = SessionRun.Run(session, _device, [reference.Sequences[0].Ids, reference.Sequences[2].Ids])[0];

        var expected = reference.Sequences[0].Pool(pooling).Chunk(24).Select(Normalise).ToList();
        for (var vector = 0; vector < expected.Count; vector++)
        {
            var elements = new float[24];
            VectorElements.Read(session.Layout, output.AsSpan(vector * session.Layout.VectorBytes), elements);
            AssertClose(expected[vector], elements, precision switch { VectorPrecision.Float32 => 1e-5, VectorPrecision.Float16 => 1e-3, _ => 0.5 / 127 * 1.001 });
            Assert.Equal(1, Math.Sqrt(elements.Sum(element => (double)element * element)), 1e-2);
        }
    }

    /// <summary>Each element is within half a step of the scale, the largest is ±127 exactly, and behind the elements lies the scale.</summary>
    [Theory]
    [InlineData(VectorPooling.Cls)]
    [InlineData(VectorPooling.None)]
    public void Integers_and_their_scale_give_the_vectors_back(VectorPooling pooling)
    {
        var reference = EncoderReference.Of("roberta");
        using var single = Open("roberta", pooling);
        using var integer = Open(Options("model") with { Pooling = pooling, VectorPrecision = VectorPrecision.Int8 });
        List<int[]> sequences = [.. reference.Sequences.Select(sequence => sequence.Ids)];

        var expected = SessionRun.Run(single, _device, sequences);
        var actual = SessionRun.Run(integer, _device, sequences);

        Assert.Equal(20, integer.Layout.VectorBytes);
        for (var i = 0; i < expected.Count; i++)
        {
            var vectors = SessionRun.Floats(expected[i]).Chunk(16).ToList();
            for (var vector = 0; vector < (pooling == VectorPooling.None ? sequences[i].Length : 1); vector++)
            {
                var bytes = actual[i].AsSpan(vector * 20, 20);
                var largest = vectors[vector].Max(Math.Abs);
                var scale = MemoryMarshal.Read<float>(bytes[16..]);
                Assert.Equal(largest / 127, scale, 1e-6 * scale);
                var integers = MemoryMarshal.Cast<byte, sbyte>(bytes[..16]).ToArray();
                Assert.Equal(127, integers.Max(value => Math.Abs((int)value)));
                for (var element = 0; element < 16; element++)
                {
                    Assert.Equal(vectors[vector][element], integers[element] * scale, 0.5001 * scale);
                }
            }
        }
    }

    [Fact]
    public void A_vector_of_zeros_has_a_scale_of_0()
    {
        var reference = EncoderReference.Of("bert");
        reference.Write(_folder["model"]);
        ModelFiles.Write(_folder["zero.safetensors"], [.. reference.Tensors().Select(tensor =>
            tensor.Name.StartsWith("encoder.layer.1.output.LayerNorm", StringComparison.Ordinal)
                ? tensor with { Data = new byte[tensor.Data.Length] }
                : tensor)]);
        using var session = Open(Options("model") with
        {
            WeightsPath = _folder["zero.safetensors"],
            VectorPrecision = VectorPrecision.Int8,
            Normalize = true,
        });

        var output = SessionRun.Run(session, _device, [[1, 2, 3]])[0];

        Assert.Equal(new byte[28], output);
    }

    /// <summary>What a slot that failed to load holds: no tokens, or what was there before.</summary>
    [Theory]
    [MemberData(nameof(Poolings))]
    public void An_empty_slot_is_no_trouble_to_the_others(string family, VectorPooling pooling)
    {
        var sequences = EncoderReference.Of(family).Sequences;
        using var session = Open(family, pooling);

        var outputs = SessionRun.Run(session, _device, [[], sequences[1].Ids, sequences[2].Ids, []]);

        Assert.All(outputs.SelectMany(output => SessionRun.Floats(output)), value => Assert.True(float.IsFinite(value)));
        AssertClose(sequences[1].Pool(pooling), SessionRun.Floats(outputs[1]), 1e-5);
        AssertClose(sequences[2].Pool(pooling), SessionRun.Floats(outputs[2]), 1e-5);
        Assert.All(SessionRun.Run(session, _device, [[]]).SelectMany(output => SessionRun.Floats(output)), value => Assert.True(float.IsFinite(value)));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(50)]
    [InlineData(int.MaxValue)]
    public void A_token_that_the_model_does_not_know_is_found_on_the_host(int id)
    {
        using var session = Open("bert", VectorPooling.Mean);

        var error = Assert.Throws<EgressException>(() => SessionRun.Run(session, _device, [[1, 2], [3, id, 4]]));

        Assert.Equal(EgressErrorId.TokenizerInvalid, error.ErrorId);
        Assert.Contains($"has the token id {id}, and the ids of ", error.Message, StringComparison.Ordinal);
        Assert.Contains("from 0 to 49", error.Message, StringComparison.Ordinal);
        Assert.Contains("-Tokenizer", error.Advice, StringComparison.Ordinal);

        // Nothing but a look at the host's memory keeps it from the device, where all room is computed without that look.
        Assert.Equal(2, SessionRun.Run(session, _device, [[1, 2], [3, id, 4]], measure: false).Count);
    }

    [Fact]
    public void An_extent_is_as_long_as_the_longest_sequence_needs()
    {
        using var session = Open("bert", VectorPooling.None);

        long Tokens(params int[] lengths)
        {
            using var host = HostBlock.Allocate(lengths.Length * session.Input.Bytes, HostMemoryKind.Pageable);
            for (var slot = 0; slot < lengths.Length; slot++)
            {
                MemoryMarshal.Write(host.Span(slot * session.Input.Bytes, 4), lengths[slot]);
            }

            return session.OutputBytes(session.MeasureExtent(host, lengths.Length)) / session.Layout.VectorBytes;
        }

        Assert.Equal(8, Tokens(1, 3));
        Assert.Equal(8, Tokens(8, 3));
        Assert.Equal(16, Tokens(9, 3));
        Assert.Equal(20, Tokens(17, 3));

        // Without any padding nothing is rounded.
        Assert.Equal(3, Tokens(3, 3));
        Assert.Equal(20, Tokens(20, 20));
        Assert.Equal(8, Tokens(0, 0));

        // Lengths beyond the room are what was there before a slot failed.
        Assert.Equal(20, Tokens(int.MaxValue, 3));
        Assert.Equal(8, Tokens(-5, 3));
    }

    [Fact]
    public void A_last_batch_may_be_smaller_than_its_memory()
    {
        var sequences = EncoderReference.Of("bert").Sequences;
        using var session = Open("bert", VectorPooling.Mean);
        using var input = session.CreateInput(3);
        var numbers = new int[3 * 21];
        for (var slot = 0; slot < 3; slot++)
        {
            numbers[slot * 21] = sequences[slot].Ids.Length;
            sequences[slot].Ids.CopyTo(numbers, (slot * 21) + 1);
        }

        Marshal.Copy(numbers, 0, input.Address, numbers.Length);
        using var two = (TensorMemory)session.Run(input, 2);

        Assert.Equal(2 * session.Output.Bytes, two.Bytes);
        AssertClose(sequences[1].Pool(VectorPooling.Mean), SessionRun.Floats(two.Tensor.bytes)[24..], 1e-5);
    }

    [Fact]
    public void Many_runs_leave_nothing_behind()
    {
        var sequences = EncoderReference.Of("bert").Sequences;
        using var session = Open(Options(EncoderReference.Of("bert")) with { VectorPrecision = VectorPrecision.Int8, Normalize = true });
        using var host = HostBlock.Allocate(2 * session.Input.Bytes, HostMemoryKind.Pageable);
        host.Span(0, (int)host.Bytes).Clear();
        using var input = session.CreateInput(2);
        session.Run(input, 2, session.MeasureExtent(host, 2)).Dispose();
        var before = torch.Tensor.TotalCount;
        var statistics = DisposeScopeManager.Statistics;
        statistics.Reset();

        for (var i = 0; i < 20; i++)
        {
            session.Run(input, 1 + (i % 2), session.MeasureExtent(host, 2)).Dispose();
        }

        Assert.Equal(before, torch.Tensor.TotalCount);
        Assert.Equal(0, statistics.ThreadTotalLiveCount);
        Assert.Equal(0, statistics.CreatedOutsideScopeCount);
        Assert.Equal(20, statistics.DetachedFromScopeCount);
        Assert.Equal(5, sequences.Length);
    }

    [Fact]
    public void Sessions_and_inputs_give_everything_back()
    {
        var before = torch.Tensor.TotalCount;
        for (var i = 0; i < 2; i++)
        {
            using var session = Open(new EmbeddingModelOptions { Model = "bert_tiny", MaxLength = 16 });
            using var input = session.CreateInput(1);
            using var output = session.Run(input, 1);
        }

        Assert.Equal(before, torch.Tensor.TotalCount);
        File.WriteAllText(_folder["w.safetensors"], "nothing");
        Assert.Throws<EgressException>(() => Open(new EmbeddingModelOptions { Model = "bert_tiny", WeightsPath = _folder["w.safetensors"] }));
        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    [Theory]
    [InlineData("hidden_size", "null", "hidden_size is null")]
    [InlineData("hidden_size", "25", "3 heads cannot share a width of 25")]
    [InlineData("hidden_size", "1e12", "hidden_size is 1e12")]
    [InlineData("num_hidden_layers", "0", "not a number from 1 to 1024")]
    [InlineData("num_hidden_layers", "\"2\"", "num_hidden_layers is \"2\"")]
    [InlineData("hidden_act", "\"silu\"", "its activation is silu")]
    [InlineData("layer_norm_eps", "0", "layer_norm_eps is 0")]
    [InlineData("position_embedding_type", "\"relative_key\"", "position_embedding_type is relative_key")]
    [InlineData("is_decoder", "true", "decoder")]
    [InlineData("model_type", "\"deberta-v2\"", "its model_type is deberta-v2")]
    [InlineData("model_type", "null", "names no model_type")]
    public void A_config_of_something_else_is_answered_with_what_is_wrong(string name, string value, string reason)
    {
        var reference = EncoderReference.Of("bert");
        reference.Write(_folder["model"]);
        var path = Path.Combine(_folder["model"], "config.json");
        var config = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(path))!;
        config[name] = System.Text.Json.Nodes.JsonNode.Parse(value);
        File.WriteAllText(path, config.ToJsonString());

        var error = Assert.Throws<EgressException>(() => Open(Options("model")));

        Assert.Equal(EgressErrorId.ModelConfigInvalid, error.ErrorId);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal(path, error.Target);
    }

    [Fact]
    public void A_folder_that_is_no_model_is_answered_with_what_it_lacks()
    {
        Directory.CreateDirectory(_folder["model"]);
        var error = Assert.Throws<EgressException>(() => Open(Options("model")));
        Assert.Equal(EgressErrorId.ModelConfigInvalid, error.ErrorId);
        Assert.Equal(EgressErrorCategory.ObjectNotFound, error.Category);

        foreach (var content in new[] { "", "[]", "{\"model_type\": \"bert\"", "\"bert\"" })
        {
            File.WriteAllText(Path.Combine(_folder["model"], "config.json"), content);
            error = Assert.Throws<EgressException>(() => Open(Options("model")));
            Assert.Equal(EgressErrorId.ModelConfigInvalid, error.ErrorId);
        }

        EncoderReference.Of("bert").Write(_folder["model"]);
        File.Delete(Path.Combine(_folder["model"], "model.safetensors"));
        error = Assert.Throws<EgressException>(() => Open(Options("model")));
        Assert.Equal(EgressErrorId.PathNotFound, error.ErrorId);
        Assert.Contains("-Weights", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_encoder_are_refused_with_the_differences()
    {
        EncoderReference.Of("bert").Write(_folder["model"]);
        EncoderReference.Of("distilbert").Write(_folder["other"]);

        var error = Assert.Throws<EgressException>(() => Open(Options("model") with { WeightsPath = Path.Combine(_folder["other"], "model.safetensors") }));

        Assert.Equal(EgressErrorId.WeightsMismatch, error.ErrorId);
        Assert.Contains("encoder.layer.0.attention.self.query.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains("embeddings.word_embeddings.weight (shape [50, 20] instead of [50, 24])", error.Message, StringComparison.Ordinal);
        Assert.Contains("Hugging Face", error.Advice, StringComparison.Ordinal);

        ModelFiles.Write(_folder["none.safetensors"], [ModelFiles.Tensor("backbone.conv1.weight", 1)]);
        error = Assert.Throws<EgressException>(() => Open(Options("model") with { WeightsPath = _folder["none.safetensors"] }));
        Assert.Contains("1 unexpected: backbone.conv1.weight.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_no_encoder_has_are_refused()
    {
        string Refused(EmbeddingModelOptions options) => Assert.Throws<EgressException>(() => Open(options)).ErrorId;

        Assert.Equal(EgressErrorId.ModelUnknown, Refused(new EmbeddingModelOptions { Model = "gpt" }));
        Assert.Equal(EgressErrorId.OptionInvalid, Refused(new EmbeddingModelOptions { MaxLength = 513 }));
        Assert.Equal(EgressErrorId.OptionInvalid, Refused(new EmbeddingModelOptions { MaxLength = -1 }));
        Assert.Equal(EgressErrorId.OptionInvalid, Refused(new EmbeddingModelOptions { ImageSize = 224 }));
    }

    [Fact]
    public void Misuse_is_refused()
    {
        var session = Open("bert", VectorPooling.Mean);
        using var input = session.CreateInput(2);

        Assert.Throws<ArgumentOutOfRangeException>(() => session.Run(input, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Run(input, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Run(input, 1, 21));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.CreateInput(0));
        session.Dispose();
        session.Dispose();
        Assert.Throws<ObjectDisposedException>(() => session.Run(input, 1));
        Assert.Throws<ObjectDisposedException>(() => session.CreateInput(1));
    }

    [Fact]
    public void More_memory_than_there_is_is_a_clear_error()
    {
        using var session = Open(new EmbeddingModelOptions { Model = "bert_tiny" });

        var error = Assert.Throws<EgressException>(() => session.CreateInput(1_000_000_000));

        Assert.Equal(EgressErrorId.HostMemoryExhausted, error.ErrorId);
        Assert.Contains("-MaxLength", error.Advice, StringComparison.Ordinal);
    }

    internal static void AssertClose(IReadOnlyList<double> expected, IReadOnlyList<float> actual, double tolerance)
    {
        // With a vector for each token, those of padding follow.
        Assert.InRange(actual.Count, expected.Count, int.MaxValue);
        var largest = expected.Max(Math.Abs);
        Assert.InRange(largest, 1e-3, 1e6);
        Assert.InRange(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max(), 0, tolerance * largest);
    }

    internal static double Cosine(IReadOnlyList<double> a, IReadOnlyList<float> b) => a.Zip(b, (x, y) => x * y).Sum()
        / Math.Sqrt(a.Sum(x => x * x) * b.Sum(y => (double)y * y)) * (1 - 1e-15);

    private static double[] Normalise(double[] vector)
    {
        var length = Math.Sqrt(vector.Sum(value => value * value));
        return [.. vector.Select(value => value / length)];
    }

    private EmbeddingModelOptions Options(string folder) => new() { Model = folder, ModelFolder = _folder[folder] };

    private EmbeddingModelOptions Options(EncoderReference reference)
    {
        reference.Write(_folder["model"]);
        return Options("model");
    }

    private IEmbeddingSession Open(string family, VectorPooling pooling) => Open(Options(EncoderReference.Of(family)) with { Pooling = pooling });

    private IEmbeddingSession Open(EmbeddingModelOptions options) => new TorchBackend().CreateEmbeddingSession(options, _device);
}

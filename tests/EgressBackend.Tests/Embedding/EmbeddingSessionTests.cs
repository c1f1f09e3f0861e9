using Egress.Buffers;
using Egress.Models;
using TorchSharp;

namespace Egress.Backend.Tests.Embedding;

/// <summary>Encoders on the CPU beside the published equations.</summary>
public sealed class EmbeddingSessionTests : EncoderTests
{
    [Theory]
    [MemberData(nameof(Poolings))]
    public void Vectors_are_those_of_the_published_equations(string family, VectorPooling pooling)
    {
        var reference = EncoderReference.Of(family);
        using var session = Open(family, pooling);

        var outputs = SessionRun.Run(session, Device, [.. reference.Sequences.Select(sequence => sequence.Ids)]);

        for (var i = 0; i < outputs.Count; i++)
        {
            Closeness.AssertClose(reference.Sequences[i].Pool(pooling), SessionRun.Floats(outputs[i]), 1e-5);
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
                Closeness.AssertClose(expected, SessionRun.Floats(SessionRun.Run(session, Device, [other.Ids, sequence.Ids])[1]), 1e-5);
            }

            Closeness.AssertClose(expected, SessionRun.Floats(SessionRun.Run(session, Device, [sequence.Ids])[0]), 1e-5);
            Closeness.AssertClose(expected, SessionRun.Floats(SessionRun.Run(session, Device, [sequence.Ids], measure: false)[0]), 1e-5);
        }
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
            return SessionRun.Floats(SessionRun.Run(session, Device, [[3, 1, 4, 1, 5]])[0]);
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
        reference.Write(Folder["model"]);
        using var session = Open(Options("model") with { Precision = precision });

        var outputs = SessionRun.Run(session, Device, [.. reference.Sequences.Select(sequence => sequence.Ids)]);

        Assert.Equal(VectorPrecision.Float32, session.Layout.Precision);
        for (var i = 0; i < outputs.Count; i++)
        {
            Assert.InRange(Closeness.Cosine(reference.Sequences[i].Pool(VectorPooling.Mean), SessionRun.Floats(outputs[i])), cosine, 1);
        }
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
        File.WriteAllText(Folder["w.safetensors"], "nothing");
        Assert.Throws<EgressException>(() => Open(new EmbeddingModelOptions { Model = "bert_tiny", WeightsPath = Folder["w.safetensors"] }));
        Assert.Equal(before, torch.Tensor.TotalCount);
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
}

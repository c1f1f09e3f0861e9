using System.Runtime.InteropServices;
using Egress.Backend.Tensors;
using Egress.Buffers;
using Egress.Models;

namespace Egress.Backend.Tests.Embedding;

/// <summary>Batches whose sequences do not fill their room, and what else may lie in it.</summary>
public sealed class TokenRoomTests : EncoderTests
{
    /// <summary>What a slot that failed to load holds: no tokens, or what was there before.</summary>
    [Theory]
    [MemberData(nameof(Poolings))]
    public void An_empty_slot_is_no_trouble_to_the_others(string family, VectorPooling pooling)
    {
        var sequences = EncoderReference.Of(family).Sequences;
        using var session = Open(family, pooling);

        var outputs = SessionRun.Run(session, Device, [[], sequences[1].Ids, sequences[2].Ids, []]);

        Assert.All(outputs.SelectMany(output => SessionRun.Floats(output)), value => Assert.True(float.IsFinite(value)));
        Closeness.AssertClose(sequences[1].Pool(pooling), SessionRun.Floats(outputs[1]), 1e-5);
        Closeness.AssertClose(sequences[2].Pool(pooling), SessionRun.Floats(outputs[2]), 1e-5);
        Assert.All(SessionRun.Run(session, Device, [[]]).SelectMany(output => SessionRun.Floats(output)), value => Assert.True(float.IsFinite(value)));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(50)]
    [InlineData(int.MaxValue)]
    public void A_token_that_the_model_does_not_know_is_found_on_the_host(int id)
    {
        using var session = Open("bert", VectorPooling.Mean);

        var error = Assert.Throws<EgressException>(() => SessionRun.Run(session, Device, [[1, 2], [3, id, 4]]));

        Assert.Equal(EgressErrorId.TokenizerInvalid, error.ErrorId);
        Assert.Contains($"has the token id {id}, and the ids of ", error.Message, StringComparison.Ordinal);
        Assert.Contains("from 0 to 49", error.Message, StringComparison.Ordinal);
        Assert.Contains("-Tokenizer", error.Advice, StringComparison.Ordinal);

        // Nothing but a look at the host's memory keeps it from the device, where all room is computed without that look.
        Assert.Equal(2, SessionRun.Run(session, Device, [[1, 2], [3, id, 4]], measure: false).Count);
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
        Closeness.AssertClose(sequences[1].Pool(VectorPooling.Mean), SessionRun.Floats(two.Tensor.bytes)[24..], 1e-5);
    }
}

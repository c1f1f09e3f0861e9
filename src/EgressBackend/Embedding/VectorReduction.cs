using Egress.Backend.Networks;
using Egress.Backend.Tensors;
using Egress.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Egress.Backend.Embedding;

/// <summary>Makes of an encoder's hidden states what leaves the device.</summary>
internal static class VectorReduction
{
    private const double SmallestNorm = 1e-12;

    private static readonly Scalar s_largestInteger = 127;

    // TorchSharp cannot look at a tensor's memory as another type; 0 is that of bytes.
    private static readonly Lazy<jit.CompilationUnit> s_functions = new(() => jit.compile("""
        def bytes(x: Tensor) -> Tensor:
            return x.view_copy(dtype=0)

        """));

    /// <summary>Reduces hidden states on the device.</summary>
    /// <param name="batch">What an encoder made of a batch.</param>
    /// <param name="options">What is wanted.</param>
    /// <returns>A contiguous tensor as <see cref="VectorLayout"/> says, in the current scope.</returns>
    public static Tensor Reduce(EncodedBatch batch, EmbeddingModelOptions options)
    {
        var vectors = batch.States.dim() == 2 ? batch.States : Pool(batch, options.Pooling);
        if (options.Normalize)
        {
            vectors = nn.functional.normalize(vectors.to(ScalarType.Float32), p: 2, dim: -1, eps: SmallestNorm);
        }

        return options.VectorPrecision switch
        {
            VectorPrecision.Float32 => vectors.to(ScalarType.Float32).contiguous(),
            VectorPrecision.Float16 => vectors.to(ScalarType.Float16).contiguous(),
            VectorPrecision.Int8 => Quantise(vectors.to(ScalarType.Float32)),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.VectorPrecision, null),
        };
    }

    private static Tensor Pool(EncodedBatch batch, VectorPooling pooling) => pooling switch
    {
        VectorPooling.Mean => Mean(batch),
        VectorPooling.Cls => batch.States.select(1, 0),
        VectorPooling.Last => Last(batch),
        VectorPooling.None => batch.States,
        _ => throw new ArgumentOutOfRangeException(nameof(pooling), pooling, null),
    };

    /// <summary>In single precision whatever the model's type is: sums of many halves lose what each adds.</summary>
    private static Tensor Mean(EncodedBatch batch)
    {
        if (batch.Tokens?.Absent is not { } absent)
        {
            return batch.States.mean([1], type: ScalarType.Float32);
        }

        var present = batch.States.masked_fill(absent.unsqueeze(-1), Scalars.Zero);
        return present.sum(1, type: ScalarType.Float32).div_(batch.Tokens.Lengths!);
    }

    private static Tensor Last(EncodedBatch batch)
    {
        if (batch.Tokens?.Lengths is not { } lengths)
        {
            return batch.States.select(1, batch.States.shape[1] - 1);
        }

        var place = lengths.to(ScalarType.Int64).sub(Scalars.One).unsqueeze(-1).expand(-1, 1, batch.States.shape[2]);
        return batch.States.gather(1, place).squeeze(1);
    }

    /// <summary>Integers, and behind each vector's its scale; all as bytes. A vector of zeros has a scale of 0.</summary>
    private static Tensor Quantise(Tensor vectors)
    {
        var scale = vectors.abs().amax([-1], keepdim: true).div_(s_largestInteger);
        var divisor = scale.masked_fill(scale.eq(Scalars.Zero), Scalars.One);
        var integers = vectors.div(divisor).round_().to(ScalarType.Int8);
        return cat([Bytes(integers), Bytes(scale)], dim: -1);
    }

    private static Tensor Bytes(Tensor tensor) => s_functions.Value.invoke<Tensor>("bytes", tensor);
}

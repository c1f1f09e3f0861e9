using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>The tokens of a batch on the device.</summary>
/// <param name="Ids">Batch, tokens: 32-bit ids, all of the vocabulary.</param>
/// <param name="Absent">Batch, tokens: where there is only padding. Null: nowhere.</param>
/// <param name="Lengths">Batch, 1: each sequence's tokens, 1 at least, as 32-bit integers. Null where there is no padding.</param>
internal sealed record TokenBatch(Tensor Ids, Tensor? Absent, Tensor? Lengths)
{
    /// <summary>The first sequences alone.</summary>
    public TokenBatch Take(int count) => new(Ids.narrow(0, 0, count), Absent?.narrow(0, 0, count), Lengths?.narrow(0, 0, count));
}

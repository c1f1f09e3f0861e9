using Egress.Backend.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>
/// Reads the tokens of a batch out of the room that its sequences have. What lies behind a sequence's last token may be anything, and so
/// may be a slot that nothing was loaded into: neither reaches a table of the model, where an index beyond its end would end the process.
/// </summary>
internal sealed class TokenRoom : IDisposable
{
    private readonly Scalar _last;
    private readonly Scalar _padding;
    private readonly Tensor _places;

    /// <param name="maxLength">The longest sequence.</param>
    /// <param name="vocabulary">Pieces of the vocabulary; 0 where that is not known.</param>
    /// <param name="padding">The id that stands where there is no token.</param>
    /// <param name="device">The device that batches are on.</param>
    public TokenRoom(int maxLength, int vocabulary, int padding, Device device)
    {
        _last = (vocabulary == 0 ? int.MaxValue : vocabulary - 1).ToScalar();
        _padding = padding.ToScalar();
        using var scope = NewDisposeScope();
        _places = tensor(Enumerable.Range(0, maxLength).ToArray()).to(device).DetachFromDisposeScope();
    }

    /// <summary>Reads the tokens.</summary>
    /// <param name="items">Batch, 1 + longest sequence: the number of tokens, then their ids.</param>
    /// <param name="extent">How much of the room is used.</param>
    /// <returns>Tensors in the current dispose scope.</returns>
    public TokenBatch Read(Tensor items, SequenceExtent extent)
    {
        var ids = items.narrow(1, 1, extent.Tokens).clamp(Scalars.Zero, _last);
        if (extent.IsFull)
        {
            return new TokenBatch(ids, null, null);
        }

        var places = _places.narrow(0, 0, extent.Tokens);
        var given = items.narrow(1, 0, 1);
        ids.masked_fill_(places.ge(given), _padding);

        // A sequence without any token, which has failed, is computed as one of padding: a soft-max over nothing would be no number.
        using var longest = extent.Tokens.ToScalar();
        var lengths = given.clamp(Scalars.One, longest);
        return new TokenBatch(ids, places.ge(lengths), lengths);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _places.Dispose();
        _last.Dispose();
        _padding.Dispose();
    }
}

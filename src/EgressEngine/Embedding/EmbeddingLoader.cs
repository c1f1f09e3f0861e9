using System.Runtime.InteropServices;
using Egress.Backend;
using Egress.Input;
using Egress.Pipeline;

namespace Egress.Embedding;

/// <summary>Brings sequences' tokens into their place, cutting those that are not cut yet; decodes pictures; or makes random tokens.</summary>
/// <param name="tokenizer">The tokenizer; null where there are no texts.</param>
/// <param name="vocabularySize">Ids of random tokens are smaller.</param>
/// <param name="imageSize">Side of the square that pictures are resized to.</param>
/// <param name="maxPixels">The most pixels that a picture may have.</param>
/// <param name="backend">Gives the backend; asked only where pictures are decoded.</param>
internal sealed class EmbeddingLoader(ITokenizer? tokenizer, int vocabularySize, int imageSize, long maxPixels, Func<IBackend> backend)
    : IItemLoader<EmbeddingItem>
{
    /// <inheritdoc/>
    public void Load(EmbeddingItem item, Span<byte> slot, CancellationToken cancellationToken)
    {
        if (item.Path is { } path)
        {
            backend().PictureDecoder.Decode(path, imageSize, maxPixels, slot);
            return;
        }

        var numbers = MemoryMarshal.Cast<byte, int>(slot);
        var ids = numbers[1..];
        item.TokenCount = item.TokenIds is not null ? Take(item, ids)
            : item.Text is { } text ? tokenizer!.Encode(text, ids)
            : FillRandomly(item.Key.TextHash, ids);
        numbers[0] = item.TokenCount;

        // The batch may be computed as wide as its longest sequence.
        ids[item.TokenCount..].Clear();
    }

    private static int Take(EmbeddingItem item, Span<int> ids)
    {
        var tokens = item.TokenIds!;
        item.TokenIds = null;
        tokens.CopyTo(ids);
        return tokens.Length;
    }

    /// <summary>Tokens that differ from sequence to sequence and are the same in every run.</summary>
    private int FillRandomly(long seed, Span<int> ids)
    {
        var state = (ulong)seed;
        foreach (ref var id in ids)
        {
            state = (state * 6_364_136_223_846_793_005) + 1_442_695_040_888_963_407;
            id = (int)((state >> 33) % (ulong)vocabularySize);
        }

        return ids.Length;
    }
}

using Egress.Vectors;

namespace Egress.Embedding;

/// <summary>One sequence or picture on its way through a run.</summary>
/// <param name="key">What tells it from others.</param>
/// <param name="text">The sequence; null for a picture or random tokens.</param>
/// <param name="path">Full path of the picture, or null.</param>
public sealed class EmbeddingItem(SequenceKey key, string? text, string? path)
{
    /// <summary>What tells it from others.</summary>
    public SequenceKey Key { get; } = key;

    /// <summary>The sequence; null for a picture or random tokens.</summary>
    public string? Text { get; } = text;

    /// <summary>Full path of the picture, or null.</summary>
    public string? Path { get; } = path;

    /// <summary>Its token ids, where it was cut before it was put into a batch; given up once it is loaded.</summary>
    internal int[]? TokenIds { get; set; }

    /// <summary>Its tokens, once it is cut; 0 for a picture.</summary>
    public int TokenCount { get; internal set; }
}

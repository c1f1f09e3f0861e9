namespace Egress.Embedding;

/// <summary>What became of the sequences of one batch, all of which are committed; or of some that had nothing to be done.</summary>
public sealed class EmbeddingBatchResult
{
    /// <summary>The batch, from 0; -1 where nothing was computed.</summary>
    public long Batch { get; init; } = -1;

    /// <summary>What was done.</summary>
    public required EmbeddingStatus Status { get; init; }

    /// <summary>How many sequences they are.</summary>
    public int Count => Ids.Count;

    /// <summary>The sequences' ids, in the order in which they were computed: by length.</summary>
    public required IReadOnlyList<string> Ids { get; init; }

    /// <summary>Where their vectors are: a file or a table, or null.</summary>
    public string? Location { get; init; }

    /// <summary>Elements of a vector; 0 where nothing was computed.</summary>
    public int Dimension { get; init; }

    /// <summary>Tokens of all sequences together.</summary>
    public long TokenCount { get; init; }

    /// <summary>The share of the tokens computed that were padding, from 0 to 1.</summary>
    public double PaddingShare { get; init; }

    /// <summary>Bytes that were stored, or that left the device where nothing was to be stored.</summary>
    public long OutputBytes { get; init; }

    /// <summary>The device, or null.</summary>
    public string? Device { get; init; }

    /// <summary>
    /// The vectors in the order of <see cref="Ids"/>, where they were asked for; with a vector a token, one array a sequence with its tokens'
    /// vectors one behind the other.
    /// </summary>
    public IReadOnlyList<float[]>? Vectors { get; init; }
}

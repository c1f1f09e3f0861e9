namespace Egress.Vectors;

/// <summary>What tells a sequence from others, and from what it was before.</summary>
/// <param name="Id">Its id.</param>
/// <param name="TextHash">A hash of its text.</param>
public readonly record struct SequenceKey(string Id, long TextHash);

namespace Egress.Vectors;

/// <summary>A sequence's vector, or its tokens' vectors.</summary>
/// <param name="Id">The sequence's id: the key in the store.</param>
/// <param name="TextHash">A hash of the text, so that a later run sees when it has changed.</param>
/// <param name="Text">The text, where it is to be stored too; otherwise null.</param>
/// <param name="VectorCount">1, or the tokens of the sequence.</param>
/// <param name="Data">The vectors, one behind the other, as the batch's layout says. It is gone when the batch has been written.</param>
public readonly record struct VectorRow(string Id, long TextHash, string? Text, int VectorCount, ReadOnlyMemory<byte> Data);

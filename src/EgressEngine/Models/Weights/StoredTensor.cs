namespace Egress.Models.Weights;

/// <summary>One tensor of a weights file.</summary>
/// <param name="Name">Its name, for example <c>backbone.conv1.weight</c>.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">The sizes of its dimensions, slowest first; empty for a scalar.</param>
/// <param name="Offset">Where its elements begin in the file, in bytes.</param>
/// <param name="Length">The size of the part of the file that its elements lie in, in bytes.</param>
public sealed record StoredTensor(string Name, StoredType Type, IReadOnlyList<long> Shape, long Offset, long Length)
{
    /// <summary>
    /// How many elements apart neighbours of each dimension lie in the file; null where they lie in C order without gaps.
    /// </summary>
    public IReadOnlyList<long>? Strides { get; init; }

    /// <summary>The shape as people write it, for example <c>[64, 3, 7, 7]</c>.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}

namespace Egress.Models;

/// <summary>Shape and type of one item of a batch, without the batch dimension.</summary>
/// <param name="Type">The type of an element.</param>
/// <param name="Shape">The sizes of the item's dimensions, slowest first.</param>
public sealed record TensorSpec(ElementType Type, params long[] Shape)
{
    /// <summary>Elements in one item.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Bytes of one item.</summary>
    public long Bytes => checked(ElementCount * Type.SizeInBytes());

    /// <summary>The shape as people write it, for example <c>21×512×512 Float32</c>.</summary>
    public override string ToString() => $"{string.Join('×', Shape)} {Type}";
}

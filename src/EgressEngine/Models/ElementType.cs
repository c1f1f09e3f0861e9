namespace Egress.Models;

/// <summary>The type of a tensor's elements as they cross the bus.</summary>
public enum ElementType
{
    /// <summary>8-bit unsigned integer.</summary>
    UInt8,

    /// <summary>16-bit signed integer.</summary>
    Int16,

    /// <summary>IEEE 754 half precision.</summary>
    Float16,

    /// <summary>The upper half of a single-precision number.</summary>
    BFloat16,

    /// <summary>IEEE 754 single precision.</summary>
    Float32,

    /// <summary>16-bit unsigned integer.</summary>
    UInt16,

    /// <summary>32-bit signed integer.</summary>
    Int32,
}

/// <summary>Sizes of <see cref="ElementType"/>.</summary>
public static class ElementTypeExtensions
{
    /// <summary>Whether elements are floating-point numbers.</summary>
    public static bool IsFloating(this ElementType type) =>
        type is ElementType.Float16 or ElementType.BFloat16 or ElementType.Float32;

    /// <summary>The size of one element in bytes.</summary>
    public static int SizeInBytes(this ElementType type) => type switch
    {
        ElementType.UInt8 => 1,
        ElementType.Int16 or ElementType.UInt16 or ElementType.Float16 or ElementType.BFloat16 => 2,
        ElementType.Float32 or ElementType.Int32 => 4,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}

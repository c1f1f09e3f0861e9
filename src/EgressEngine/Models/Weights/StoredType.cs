namespace Egress.Models.Weights;

/// <summary>The element types of the safetensors format, by the names that its header uses.</summary>
public enum StoredType
{
    /// <summary>Boolean, one byte an element.</summary>
    Bool,

    /// <summary>8-bit unsigned integer.</summary>
    U8,

    /// <summary>8-bit signed integer.</summary>
    I8,

    /// <summary>8-bit floating point, 5 bits of exponent.</summary>
    F8E5M2,

    /// <summary>8-bit floating point, 4 bits of exponent.</summary>
    F8E4M3,

    /// <summary>16-bit signed integer.</summary>
    I16,

    /// <summary>16-bit unsigned integer.</summary>
    U16,

    /// <summary>IEEE 754 half precision.</summary>
    F16,

    /// <summary>bfloat16.</summary>
    BF16,

    /// <summary>32-bit signed integer.</summary>
    I32,

    /// <summary>32-bit unsigned integer.</summary>
    U32,

    /// <summary>IEEE 754 single precision.</summary>
    F32,

    /// <summary>IEEE 754 double precision.</summary>
    F64,

    /// <summary>64-bit signed integer.</summary>
    I64,

    /// <summary>64-bit unsigned integer.</summary>
    U64,
}

/// <summary>Names and sizes of <see cref="StoredType"/>.</summary>
public static class StoredTypeExtensions
{
    /// <summary>The size of one element in bytes.</summary>
    public static int SizeInBytes(this StoredType type) => type switch
    {
        StoredType.Bool or StoredType.U8 or StoredType.I8 or StoredType.F8E5M2 or StoredType.F8E4M3 => 1,
        StoredType.I16 or StoredType.U16 or StoredType.F16 or StoredType.BF16 => 2,
        StoredType.I32 or StoredType.U32 or StoredType.F32 => 4,
        StoredType.I64 or StoredType.U64 or StoredType.F64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>The name in a file's header, for example <c>BF16</c>.</summary>
    public static string HeaderName(this StoredType type) => type switch
    {
        StoredType.Bool => "BOOL",
        StoredType.F8E5M2 => "F8_E5M2",
        StoredType.F8E4M3 => "F8_E4M3",
        _ => type.ToString(),
    };

    /// <summary>The type of this name in a file's header, or null where there is none.</summary>
    internal static StoredType? FromHeaderName(string name)
    {
        foreach (var type in Enum.GetValues<StoredType>())
        {
            if (name == type.HeaderName())
            {
                return type;
            }
        }

        return null;
    }
}

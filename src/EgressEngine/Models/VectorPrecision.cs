namespace Egress.Models;

/// <summary>The form in which a vector's elements leave the device and are stored.</summary>
public enum VectorPrecision
{
    /// <summary>IEEE 754 single precision.</summary>
    Float32,

    /// <summary>IEEE 754 half precision.</summary>
    Float16,

    /// <summary>
    /// 8-bit signed integers from -127 to 127 and one single-precision scale a vector, its largest magnitude ÷ 127: an element is its
    /// integer times the scale.
    /// </summary>
    Int8,
}

namespace Egress.Models;

/// <summary>The precision that a model computes in.</summary>
public enum ModelPrecision
{
    /// <summary>Single precision (TF32 convolutions where the GPU has them).</summary>
    Float32,

    /// <summary>Half precision.</summary>
    Float16,

    /// <summary>bfloat16.</summary>
    BFloat16,
}

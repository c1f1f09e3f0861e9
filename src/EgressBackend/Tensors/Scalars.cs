using TorchSharp;

namespace Egress.Backend.Tensors;

/// <summary>
/// Numbers as libtorch's operators take them, each made once and kept. TorchSharp passes a scalar's address on without keeping
/// the object alive, so one that is made for a call can be finalised while libtorch reads it: the call then fails, or computes with
/// another number. That holds for every operator that makes scalars unseen: <c>x + 1</c>, and <c>x + y</c> and <c>x.add_(y)</c>
/// too, whose factor of 1 is one. Such calls name a scalar of their own here, or one that a <c>using</c> keeps.
/// </summary>
internal static class Scalars
{
    /// <summary>The factor in an addition.</summary>
    public static readonly Scalar One = 1;

    /// <summary>Nothing.</summary>
    public static readonly Scalar Zero = 0;

    /// <summary>What a soft-max makes exactly 0 of.</summary>
    public static readonly Scalar MinusInfinity = double.NegativeInfinity;
}

using System.Runtime.InteropServices;
using Egress.Backend.Tensors;
using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>
/// oneDNN's convolutions on the CPU, with the weight in the blocked order that the processor's kernel wants, and with what follows
/// the convolution applied before a result is written. Plain convolutions reorder the weight at every call, and additions and
/// activations are passes over memory of their own.
/// </summary>
internal static class PackedConvolution
{
    // An empty tuple stands for an empty list of any type. The addition is done in the addend's memory: the operator that makes a
    // tensor of its own lays it out in order first and then moves it to channels-last, which takes longer than many a convolution.
    private const string Functions = """
          def pack(self: __torch__.Net, w: Tensor, stride: int, padding: int, dilation: int, groups: int, size: List[int]) -> Tensor:
            return torch.mkldnn_reorder_conv2d_weight(torch.to_mkldnn(w), [padding, padding], [stride, stride], [dilation, dilation], groups, size)
          def pack_for(self: __torch__.Net, w: Tensor, x: Tensor, stride: int, padding: int, dilation: int, groups: int) -> Tensor:
            return (self).pack(w, stride, padding, dilation, groups, torch.size(x), )
          def none(self: __torch__.Net, x: Tensor, w: Tensor, b: Optional[Tensor], stride: int, padding: int, dilation: int, groups: int) -> Tensor:
            return ops.mkldnn._convolution_pointwise(x, w, b, [padding, padding], [stride, stride], [dilation, dilation], groups, "none", (), "")
          def relu(self: __torch__.Net, x: Tensor, w: Tensor, b: Optional[Tensor], stride: int, padding: int, dilation: int, groups: int) -> Tensor:
            return ops.mkldnn._convolution_pointwise(x, w, b, [padding, padding], [stride, stride], [dilation, dilation], groups, "relu", (), "")
          def hardswish(self: __torch__.Net, x: Tensor, w: Tensor, b: Optional[Tensor], stride: int, padding: int, dilation: int, groups: int) -> Tensor:
            return ops.mkldnn._convolution_pointwise(x, w, b, [padding, padding], [stride, stride], [dilation, dilation], groups, "hardswish", (), "")
          def add_relu(self: __torch__.Net, x: Tensor, z: Tensor, w: Tensor, b: Optional[Tensor], stride: int, padding: int, dilation: int, groups: int) -> Tensor:
            return ops.mkldnn._convolution_pointwise_(z, x, w, b, [padding, padding], [stride, stride], [dilation, dilation], groups, "add", 1., "relu", (), "")

        """;

    private static readonly Lazy<jit.ScriptModule> s_functions = new(() => ScriptFunctions.Compile(Functions));

    /// <summary>Reorders a weight; nothing where this processor's oneDNN does not compute in the weight's type.</summary>
    /// <param name="weight">Outputs, channels of a group, kernel, kernel.</param>
    /// <param name="input">An input like those to come: the order depends on its size.</param>
    /// <param name="shape">The geometry.</param>
    public static Tensor? TryPack(Tensor weight, Tensor input, ConvolutionShape shape) =>
        Try("pack_for", weight, input, shape.Stride, shape.Padding, shape.Dilation, shape.Groups);

    /// <summary>Computes <c>activation(w ∗ x + b)</c>; nothing where oneDNN has no kernel for it here.</summary>
    /// <param name="input">Batch, channels, height, width.</param>
    /// <param name="weight">From <see cref="TryPack"/>.</param>
    /// <param name="bias">One number an output, or null.</param>
    /// <param name="shape">The geometry.</param>
    /// <param name="activation">What follows.</param>
    public static Tensor? TryForward(Tensor input, Tensor weight, Tensor? bias, ConvolutionShape shape, Activation activation) =>
        Try(
            activation switch { Activation.Relu => "relu", Activation.HardSwish => "hardswish", _ => "none" },
            input, weight, bias, shape.Stride, shape.Padding, shape.Dilation, shape.Groups);

    /// <summary>Computes <c>relu(w ∗ x + b + z)</c> in the memory of z, likewise.</summary>
    /// <returns>The same tensor as the addend, as an object of its own.</returns>
    public static Tensor? TryAddRelu(Tensor input, Tensor weight, Tensor? bias, Tensor addend, ConvolutionShape shape) =>
        Try("add_relu", input, addend, weight, bias, shape.Stride, shape.Padding, shape.Dilation, shape.Groups);

    private static Tensor? Try(string function, params object?[] arguments)
    {
        try
        {
            return s_functions.Value.invoke<Tensor>(function, arguments!);
        }
        catch (ExternalException e) when (!TorchErrors.IsResource(e))
        {
            return null;
        }
    }
}

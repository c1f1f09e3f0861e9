using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>
/// cuDNN's convolutions that add the bias, and what else there is to add, and apply the ReLU before a result is written: one pass
/// over the feature map instead of three or four. libtorch has them (<c>aten::cudnn_convolution_relu</c> and
/// <c>aten::cudnn_convolution_add_relu</c>), TorchSharp has no method for them; a TorchScript function reaches any operator, at
/// the cost of some microseconds a call.
/// </summary>
internal static class FusedConvolution
{
    // The parser wants the last line to end.
    private const string Script = """
        def relu(x: Tensor, w: Tensor, b: Tensor, stride: int, padding: int, dilation: int) -> Tensor:
            return torch.cudnn_convolution_relu(x, w, b, [stride, stride], [padding, padding], [dilation, dilation], 1)

        def add_relu(x: Tensor, w: Tensor, b: Tensor, z: Tensor, stride: int, padding: int, dilation: int) -> Tensor:
            return torch.cudnn_convolution_add_relu(
                x, w, z, 1.0, b, [stride, stride], [padding, padding], [dilation, dilation], 1)

        """;

    // Compiled at the first use, and kept: it belongs to no session and holds no device memory.
    private static readonly Lazy<jit.CompilationUnit> s_functions = new(() => jit.compile(Script));

    /// <summary>Computes <c>relu(w ∗ x + b)</c>, or nothing where cuDNN has no kernel for it on this GPU.</summary>
    /// <param name="input">Batch, channels, height, width, on a CUDA device.</param>
    /// <param name="weight">Outputs, channels, kernel, kernel.</param>
    /// <param name="bias">One number an output.</param>
    /// <param name="shape">The geometry, in one group.</param>
    public static Tensor? TryRelu(Tensor input, Tensor weight, Tensor bias, ConvolutionShape shape) =>
        Try("relu", input, weight, bias, (long)shape.Stride, (long)shape.Padding, (long)shape.Dilation);

    /// <summary>Computes <c>relu(w ∗ x + b + z)</c>, or nothing where cuDNN has no kernel for it on this GPU.</summary>
    /// <param name="input">Batch, channels, height, width, on a CUDA device.</param>
    /// <param name="weight">Outputs, channels, kernel, kernel.</param>
    /// <param name="bias">One number an output.</param>
    /// <param name="addend">What is added; of the result's shape.</param>
    /// <param name="shape">The geometry, in one group.</param>
    public static Tensor? TryAddRelu(Tensor input, Tensor weight, Tensor bias, Tensor addend, ConvolutionShape shape) =>
        Try("add_relu", input, weight, bias, addend, (long)shape.Stride, (long)shape.Padding, (long)shape.Dilation);

    private static Tensor? Try(string function, params object[] arguments)
    {
        try
        {
            return s_functions.Value.invoke<Tensor>(function, arguments);
        }
        catch (ExternalException e) when (IsWithoutKernel(e.Message))
        {
            return null;
        }
    }

    // What libtorch says when none of cuDNN's engines takes a fused convolution.
    private static bool IsWithoutKernel(string message) =>
        message.Contains("unable to find an engine", StringComparison.OrdinalIgnoreCase)
        || message.Contains("CUDNN_STATUS_NOT_SUPPORTED", StringComparison.Ordinal);
}

namespace Egress.Backend.Networks;

/// <summary>The geometry of a square convolution.</summary>
/// <param name="Inputs">Channels that come in.</param>
/// <param name="Outputs">Channels that go out.</param>
/// <param name="Kernel">Side of the kernel.</param>
/// <param name="Stride">Distance between two positions of the kernel.</param>
/// <param name="Dilation">Distance between two taps of the kernel.</param>
/// <param name="Groups">Into how many groups the channels are divided, each convolved alone.</param>
internal readonly record struct ConvolutionShape(int Inputs, int Outputs, int Kernel = 1, int Stride = 1, int Dilation = 1, int Groups = 1)
{
    /// <summary>The padding that keeps the size at stride 1.</summary>
    public int Padding => Dilation * (Kernel - 1) / 2;

    /// <summary>The weight's shape.</summary>
    public long[] WeightShape => [Outputs, Inputs / Groups, Kernel, Kernel];
}

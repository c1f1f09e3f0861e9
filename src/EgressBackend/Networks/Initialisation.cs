namespace Egress.Backend.Networks;

/// <summary>How a parameter begins before training.</summary>
/// <param name="Distribution">What its elements are drawn from.</param>
/// <param name="Value">The constant, the normal distribution's standard deviation, or the uniform one's bound on both sides.</param>
internal readonly record struct Initialisation(Distribution Distribution, double Value)
{
    /// <summary>All elements the same.</summary>
    public static Initialisation Constant(double value) => new(Distribution.Constant, value);

    /// <summary>
    /// "Kaiming normal, fan out": keeps the variance of gradients through a convolution that a ReLU follows. torchvision's
    /// backbones begin with it.
    /// </summary>
    public static Initialisation KaimingNormal(int outputs, int kernel) =>
        new(Distribution.Normal, Math.Sqrt(2.0 / ((double)outputs * kernel * kernel)));

    /// <summary>What a PyTorch convolution begins with, weight and bias alike. torchvision's heads keep it.</summary>
    public static Initialisation ConvolutionDefault(int inputs, int kernel) =>
        new(Distribution.Uniform, 1 / Math.Sqrt((double)inputs * kernel * kernel));
}

/// <summary>What a parameter's elements are drawn from.</summary>
internal enum Distribution
{
    /// <summary>One value.</summary>
    Constant,

    /// <summary>A normal distribution around 0.</summary>
    Normal,

    /// <summary>A uniform distribution around 0.</summary>
    Uniform,
}

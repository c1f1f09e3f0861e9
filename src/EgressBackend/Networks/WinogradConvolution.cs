using Egress.Backend.Tensors;
using static Egress.Backend.Networks.WinogradMatrices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Egress.Backend.Networks;

/// <summary>
/// A 3×3 convolution of single precision with a quarter of the multiplications, on a CPU (Winograd's minimal filtering, as Lavin and
/// Gray have it): windows of 6×6 pixels and the kernels are brought to 36 points, where a convolution is a product of matrices, and
/// the products back to tiles of 4×4 pixels.
/// </summary>
/// <remarks>A dilated convolution is one of each phase of the picture, the pixels a dilation apart; strides reach them where they lie.</remarks>
internal sealed class WinogradConvolution : IDisposable
{
    // What it costs to bring an input to a point and a product back, in multiplications; measured.
    private const int InputCost = 256;
    private const int OutputCost = 32;

    // Fewer tiles, and a product is slow for its weight's sake; more of both, and what is at the points falls out of the caches.
    private const int TilesAtOnce = 256;
    private const int ChannelsAtOnce = 512;

    private readonly ConvolutionShape _shape;
    private readonly Tensor _ofWindow;
    private readonly Tensor _ofProducts;
    private readonly Tensor _weight;

    /// <param name="weight">Outputs, inputs, 3, 3.</param>
    /// <param name="shape">The geometry.</param>
    public WinogradConvolution(Tensor weight, ConvolutionShape shape)
    {
        using var scope = NewDisposeScope();
        _shape = shape;
        _ofWindow = OfWindow().to(ScalarType.Float32).DetachFromDisposeScope();
        _ofProducts = OfProducts().to(ScalarType.Float32).DetachFromDisposeScope();
        var byTap = weight.to(ScalarType.Float64).permute(2, 3, 1, 0).reshape(Kernel * Kernel, -1);
        _weight = OfKernel().mm(byTap).to(ScalarType.Float32).reshape(-1, shape.Inputs, shape.Outputs).DetachFromDisposeScope();
    }

    /// <summary>Bytes of what it holds.</summary>
    public long Bytes => new[] { _ofWindow, _ofProducts, _weight }.Sum(tensor => tensor.NumberOfElements * tensor.ElementSize);

    /// <summary>Whether this is likely to be faster than a direct convolution.</summary>
    /// <param name="shape">The geometry.</param>
    /// <param name="input">Batch, channels, height, width.</param>
    public static bool IsFaster(ConvolutionShape shape, ReadOnlySpan<long> input)
    {
        if (shape.Kernel != Kernel || shape.Stride != 1 || shape.Groups != 1)
        {
            return false;
        }

        // A direct convolution leaves out the taps that read padding alone.
        long Taps(long side) => side + (2 * Math.Max(0, side - shape.Dilation));
        long Tiles(long side) => shape.Dilation * TilesOfPhase(side, shape.Dilation);
        var channels = (long)shape.Inputs * shape.Outputs;
        var atPoint = channels + (InputCost * shape.Inputs) + (OutputCost * shape.Outputs);
        return Window * Window * Tiles(input[2]) * Tiles(input[3]) * atPoint < Taps(input[2]) * Taps(input[3]) * channels;
    }

    /// <summary>Computes <c>activation(w ∗ x + b)</c>.</summary>
    /// <param name="input">Batch, channels, height, width.</param>
    /// <param name="bias">One number an output, or null.</param>
    /// <param name="activation">What follows.</param>
    /// <returns>Channels-last in memory.</returns>
    public Tensor Forward(Tensor input, Tensor? bias, Activation activation)
    {
        using var scope = NewDisposeScope();
        var (batch, height, width) = (input.shape[0], input.shape[2], input.shape[3]);
        long dilation = _shape.Dilation;
        var (rows, columns) = (TilesOfPhase(height, dilation), TilesOfPhase(width, dilation));
        var padded = Pad(input, rows, columns);
        var tiles = empty([batch, rows, Tile, dilation, columns, Tile, dilation, _shape.Outputs]);
        var step = Math.Max(1, TilesAtOnce / (batch * dilation * dilation * columns));
        for (long first = 0; first < rows; first += step)
        {
            Convolve(padded, tiles, first, Math.Min(step, rows - first));
        }

        var pixels = tiles.view(batch, rows * Tile * dilation, columns * Tile * dilation, _shape.Outputs);
        var output = pixels.narrow(1, 0, height).narrow(2, 0, width).contiguous();
        if (bias is not null)
        {
            output.add_(bias, Scalars.One);
        }

        return activation.ApplyTo(output).permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ofWindow.Dispose();
        _ofProducts.Dispose();
        _weight.Dispose();
    }

    /// <summary>Computes some rows of tiles.</summary>
    /// <param name="padded">From <see cref="Pad"/>.</param>
    /// <param name="tiles">Batch, row of tiles, row in a tile, row's phase, the same of columns, outputs.</param>
    /// <param name="first">The first row of tiles.</param>
    /// <param name="count">How many.</param>
    private void Convolve(Tensor padded, Tensor tiles, long first, long count)
    {
        using var scope = NewDisposeScope();
        var (batch, columns) = (tiles.shape[0], tiles.shape[4]);
        var products = Multiply(padded, columns, first, count, channel: 0);
        for (var channel = ChannelsAtOnce; channel < _shape.Inputs; channel += ChannelsAtOnce)
        {
            using var more = Multiply(padded, columns, first, count, channel);
            products.add_(more, Scalars.One);
        }

        var output = _ofProducts.mm(products.view(Window * Window, -1))
            .view(Tile, Tile, batch, count, _shape.Dilation, columns, _shape.Dilation, _shape.Outputs);
        tiles.narrow(1, first, count).copy_(output.permute(2, 3, 0, 4, 5, 1, 6, 7));
    }

    /// <summary>Computes the products of some rows of tiles over some channels: pairs of points, tiles, outputs.</summary>
    private Tensor Multiply(Tensor padded, long columns, long first, long count, int channel)
    {
        using var scope = NewDisposeScope();
        long dilation = _shape.Dilation, channels = Math.Min(ChannelsAtOnce, _shape.Inputs - channel);
        var (picture, row, pixel) = (padded.stride(0), padded.stride(1), padded.stride(2));
        var windows = padded.as_strided(
            [Window, Window, padded.shape[0], count, dilation, columns, dilation, channels],
            [dilation * row, dilation * pixel, picture, Tile * dilation * row, row, Tile * dilation * pixel, pixel, 1],
            (first * Tile * dilation * row) + channel);
        var atPoints = _ofWindow.mm(windows.reshape(Window * Window, -1)).view(Window * Window, -1, channels);
        return atPoints.bmm(_weight.narrow(1, channel, channels)).MoveToOuterDisposeScope();
    }

    /// <summary>Lays an input out by pixel, with a border before it and as much behind it as whole tiles need.</summary>
    /// <returns>Batch, height, width, channels.</returns>
    private Tensor Pad(Tensor input, long rows, long columns)
    {
        long Side(long tiles) => _shape.Dilation * ((Tile * tiles) + Kernel - 1);
        long before = _shape.Dilation;
        var pixels = input.permute(0, 2, 3, 1);
        return pad(pixels, [0, 0, before, Side(columns) - before - pixels.shape[2], before, Side(rows) - before - pixels.shape[1]]).contiguous();
    }

    /// <summary>Tiles that cover a side of one phase.</summary>
    private static long TilesOfPhase(long side, long dilation) => (side + (Tile * dilation) - 1) / (Tile * dilation);
}

using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>
/// The matrices of Winograd's convolution of 3×3 taps in tiles of 4×4, by the construction of Cook and Toom: polynomials whose
/// coefficients are the pixels and the taps are multiplied by their values at a few points and at infinity.
/// </summary>
/// <remarks>
/// The points decide the rounding error. With the usual 0, ±1 and ±2 it is twice what it is with these, which is about that of a
/// direct convolution; and as they are short in binary, the matrices are exact.
/// </remarks>
internal static class WinogradMatrices
{
    /// <summary>Side of a tile of the output.</summary>
    public const int Tile = 4;

    /// <summary>Side of the kernel.</summary>
    public const int Kernel = 3;

    /// <summary>Side of what of the input a tile needs, and the number of points.</summary>
    public const int Window = Tile + Kernel - 1;

    private static readonly double[] s_points = [0, 0.625, -0.625, 1.5, -1.5];

    /// <summary>Brings windows to the points: 36 pairs of points, 36 pixels.</summary>
    public static Tensor OfWindow() => OfBothDirections(Window, Window, (point, power) =>
        Polynomial(s_points.Where((_, other) => other != point)).ElementAtOrDefault(power));

    /// <summary>Brings kernels to the points: 36 pairs of points, 9 taps.</summary>
    public static Tensor OfKernel() => OfBothDirections(Window, Kernel, (point, power) => point == s_points.Length
        ? AtInfinity(power, Kernel)
        : Math.Pow(s_points[point], power) / s_points.Where((_, other) => other != point).Aggregate(1.0, (all, other) => all * (s_points[point] - other)));

    /// <summary>Makes tiles of the products: 16 pixels, 36 pairs of points.</summary>
    public static Tensor OfProducts() => OfBothDirections(Tile, Window, (power, point) => point == s_points.Length
        ? AtInfinity(power, Tile)
        : Math.Pow(s_points[point], power));

    // There only the highest coefficient counts.
    private static double AtInfinity(int power, int count) => power == count - 1 ? 1 : 0;

    /// <summary>The coefficients of the polynomial with these roots, the lowest first.</summary>
    private static double[] Polynomial(IEnumerable<double> roots) =>
        roots.Aggregate(new double[] { 1 }, (factors, root) => [.. factors.Append(0).Select((_, power) =>
            (power > 0 ? factors[power - 1] : 0) - (root * factors.ElementAtOrDefault(power)))]);

    private static Tensor OfBothDirections(int rows, int columns, Func<int, int, double> element)
    {
        using var scope = NewDisposeScope();
        var elements = Enumerable.Range(0, rows).SelectMany(row => Enumerable.Range(0, columns).Select(column => element(row, column))).ToArray();
        var matrix = tensor(elements, [rows, columns], ScalarType.Float64);
        return kron(matrix, matrix).MoveToOuterDisposeScope();
    }
}

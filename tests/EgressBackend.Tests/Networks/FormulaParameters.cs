using System.Runtime.InteropServices;
using System.Text;
using Egress.Backend.Networks;
using static TorchSharp.torch;

namespace Egress.Backend.Tests.Networks;

/// <summary>
/// Parameters and pictures by the formula of <c>tests/parity/make_reference.py</c>, which stands there in full, and tables and
/// products of <c>make_encoder_reference.py</c>: the reference numbers come from the very same values.
/// </summary>
internal sealed class FormulaParameters : IParameterSource
{
    /// <summary>The values of a parameter, in C order.</summary>
    public static float[] Values(string name, IReadOnlyList<long> shape)
    {
        var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        if (name.EndsWith(".num_batches_tracked", StringComparison.Ordinal))
        {
            return values;
        }

        var spread = shape.Count switch
        {
            4 => Math.Sqrt(6.0 / (shape[1] * shape[2] * shape[3])),
            2 => Math.Sqrt(3.0 / shape[1]),
            _ => 0,
        };
        var isMobileNet = name.StartsWith("backbone.", StringComparison.Ordinal) && char.IsAsciiDigit(name["backbone.".Length]);
        var start = Hash(name);
        for (var i = 0; i < values.Length; i++)
        {
            var u = Uniform(start, i);
            values[i] = (float)(shape.Count is 2 or 4 ? ((2 * u) - 1) * spread * (isMobileNet ? 0.9 : 1)
                : name.EndsWith(".running_var", StringComparison.Ordinal) ? 0.5 + u
                : !name.EndsWith(".weight", StringComparison.Ordinal) ? ((2 * u) - 1) * 0.1
                : name.EndsWith(".bn3.weight", StringComparison.Ordinal) ? (0.75 + (0.5 * u)) * 0.25
                : 0.75 + (0.5 * u));
        }

        return values;
    }

    /// <summary>The bytes of a picture, rows of red, green and blue.</summary>
    public static byte[] Picture(int count, int height, int width)
    {
        var pixels = new byte[count * height * width * 3];
        var start = Hash("input");
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)Math.Floor(Uniform(start, i) * 256);
        }

        return pixels;
    }

    public Tensor Read(ParameterSpec parameter)
    {
        var tensor = empty(parameter.Shape, ScalarType.Float32, CPU);
        MemoryMarshal.AsBytes(Values(parameter.Name, parameter.Shape).AsSpan()).CopyTo(tensor.bytes);
        return tensor;
    }

    public void Dispose()
    {
    }

    private static ulong Hash(string name) =>
        Encoding.UTF8.GetBytes(name).Aggregate(0xCBF2_9CE4_8422_2325, (hash, value) => (hash ^ value) * 0x100_0000_01B3);

    private static double Uniform(ulong start, int index)
    {
        var z = start + (((ulong)index + 1) * 0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return ((z ^ (z >> 31)) >> 40) / (double)(1 << 24);
    }
}

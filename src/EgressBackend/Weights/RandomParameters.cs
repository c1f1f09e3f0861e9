using System.Text;
using Egress.Backend.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Egress.Backend.Weights;

/// <summary>
/// Parameters as torchvision begins a training with. Each is drawn from a generator of its own, seeded with the seed and the
/// parameter's name: the same on every device and whatever else is in the network.
/// </summary>
internal sealed class RandomParameters(long seed) : IParameterSource
{
    /// <inheritdoc/>
    public Tensor Read(ParameterSpec parameter)
    {
        var values = empty(parameter.Shape, ScalarType.Float32, CPU);
        using var generator = new Generator(SeedFor(parameter.Name));
        var (distribution, value) = parameter.Initial;
        using var constant = value.ToScalar();
        return distribution switch
        {
            Distribution.Constant => values.fill_(constant),
            Distribution.Normal => values.normal_(0, value, generator),
            Distribution.Uniform => values.uniform_(-value, value, generator),
            _ => throw new InvalidOperationException($"No such distribution: {distribution}."),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>FNV-1a over the name, from a start that depends on the seed; the generator takes the low half.</summary>
    private ulong SeedFor(string name)
    {
        var hash = 0xCBF2_9CE4_8422_2325 ^ ((ulong)seed * 0x9E37_79B9_7F4A_7C15);
        foreach (var value in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ value) * 0x100_0000_01B3;
        }

        return hash ^ (hash >> 32);
    }
}

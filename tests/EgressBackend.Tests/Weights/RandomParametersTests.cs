using Egress.Backend.Networks;
using Egress.Backend.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Egress.Backend.Tests.Weights;

public sealed class RandomParametersTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void A_seed_gives_the_same_values_each_time_and_another_seed_others()
    {
        var parameter = Parameter("backbone.conv1.weight");

        Assert.Equal(Read(7, parameter), Read(7, parameter));
        Assert.NotEqual(Read(7, parameter), Read(8, parameter));
    }

    [Fact]
    public void Parameters_of_one_shape_get_values_of_their_own()
    {
        Assert.NotEqual(Read(1, Parameter("backbone.layer1.1.conv2.weight")), Read(1, Parameter("backbone.layer1.2.conv2.weight")));
    }

    [Fact]
    public void The_global_generator_is_left_alone()
    {
        random.manual_seed(5);
        var expected = rand(4).data<float>().ToArray();
        random.manual_seed(5);

        _ = Read(1, Parameter("backbone.conv1.weight"));

        Assert.Equal(expected, rand(4).data<float>().ToArray());
    }

    /// <summary>torchvision draws a backbone's convolutions from a normal distribution that keeps variance through the ReLU.</summary>
    [Fact]
    public void Convolutions_of_the_backbone_have_the_spread_of_kaiming_fan_out()
    {
        var values = Read(1, Parameter("backbone.layer4.0.conv2.weight"));

        var expected = Math.Sqrt(2.0 / (512 * 9));
        Assert.Equal(0, values.Average(), 1e-4);
        Assert.Equal(1, Math.Sqrt(values.Average(value => (double)value * value)) / expected, 0.005);
        Assert.InRange(values.Max(), 4 * expected, 7 * expected);
    }

    [Fact]
    public void Convolutions_of_the_head_are_uniform_within_their_bound()
    {
        foreach (var (name, fanIn) in new[] { ("classifier.0.convs.1.0.weight", 2048 * 9), ("classifier.4.bias", 256) })
        {
            var values = Read(1, Parameter(name));

            // The last digit is rounding to single precision.
            var bound = (1 + 1e-6) / Math.Sqrt(fanIn);
            Assert.InRange(values.Max(), 0.7 * bound, bound);
            Assert.InRange(values.Min(), -bound, -0.7 * bound);
        }
    }

    [Fact]
    public void Batch_norms_change_nothing_at_first()
    {
        Assert.All(Read(1, Parameter("backbone.bn1.weight")), value => Assert.Equal(1, value));
        Assert.All(Read(1, Parameter("backbone.bn1.bias")), value => Assert.Equal(0, value));
        Assert.All(Read(1, Parameter("backbone.bn1.running_mean")), value => Assert.Equal(0, value));
        Assert.All(Read(1, Parameter("classifier.2.running_var")), value => Assert.Equal(1, value));
    }

    private static float[] Read(long seed, ParameterSpec parameter)
    {
        using var source = new RandomParameters(seed);
        return source.Read(parameter).data<float>().ToArray();
    }

    private static ParameterSpec Parameter(string name)
    {
        using var network = NetworkCatalog.Create("deeplabv3_resnet50", classes: 21);
        return network.Parameters.Single(parameter => parameter.Name == name);
    }
}

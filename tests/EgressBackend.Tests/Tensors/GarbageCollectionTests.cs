using Egress.Backend.Networks;
using Egress.Backend.Tensors;
using Egress.Backend.Weights;
using static TorchSharp.torch;

namespace Egress.Backend.Tests.Tensors;

/// <summary>
/// What libtorch reads must not be collected while it does. TorchSharp does not see to that for scalars, so here collections run
/// all the time: of a million unguarded calls some hundred fail.
/// </summary>
public sealed class GarbageCollectionTests : IDisposable
{
    private const int Rounds = 30_000;

    private readonly Thread _collector;
    private volatile bool _stop;

    public GarbageCollectionTests()
    {
        _collector = new Thread(() =>
        {
            while (!_stop)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        });
        _collector.Start();
    }

    public void Dispose()
    {
        _stop = true;
        _collector.Join();
    }

    [Fact]
    public void Blocks_compute_the_same_whatever_is_collected_meanwhile()
    {
        using var block = new Bottleneck("b", inputs: 4, width: 1, stride: 1, dilation: 1);
        using var inference = inference_mode();
        block.Load(new RandomParameters(1), new TensorPlacement(CPU, ScalarType.Float32));
        using var input = ones(1, 4, 1, 1);
        float[]? expected = null;
        for (var i = 0; i < Rounds; i++)
        {
            using var scope = NewDisposeScope();
            var output = block.Forward(input).data<float>().ToArray();
            Assert.Equal(expected ??= output, output);
        }
    }

    [Fact]
    public void Batch_norms_are_merged_the_same_whatever_is_collected_meanwhile()
    {
        var norm = new BatchNorm("n", 1, BatchNorm.Epsilon);
        using var inference = inference_mode();
        using var source = new RandomParameters(1);
        using var weight = ones(1, 1, 1, 1);
        for (var i = 0; i < Rounds; i++)
        {
            using var scope = NewDisposeScope();
            var (folded, bias) = norm.Fold(source, weight);
            Assert.Equal(1 / Math.Sqrt(1 + 1e-5), folded.data<double>()[0], 1e-12);
            Assert.Equal(0, bias.data<double>()[0]);
        }
    }
}

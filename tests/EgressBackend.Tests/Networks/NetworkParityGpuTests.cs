using Egress.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace Egress.Backend.Tests.Networks;

/// <summary>The networks on a GPU against the same numbers of torchvision as on the CPU.</summary>
[Trait("Category", "GPU")]
public sealed class NetworkParityGpuTests(ITestOutputHelper output)
{
    public static TheoryData<string, int> Cases => NetworkParityTests.Cases;

    public static TheoryData<string> Networks => NetworkParityTests.Networks;

    [GpuTheory]
    [MemberData(nameof(Cases))]
    public void Without_tf32_the_logits_are_those_of_torchvision(string name, int index)
    {
        var tf32 = (backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32);
        (backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32) = (false, false);
        try
        {
            using var inference = inference_mode();
            using var scope = NewDisposeScope();
            var expected = Reference.Of(name).Cases[index];

            NetworkParityTests.AssertClose(expected, NetworkParityTests.Compute(name, expected, new(CUDA, ScalarType.Float32)));
        }
        finally
        {
            (backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32) = tf32;
        }
    }

    /// <summary>
    /// A pixel counts where its best score in single precision is ahead by more than six times the usual error of the type; among the
    /// others a winner is as good as drawn by lot.
    /// </summary>
    [GpuTheory]
    [MemberData(nameof(Networks))]
    public void In_half_precision_the_labels_are_those_of_single_precision(string name)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var expected = Reference.Of(name).Cases[0];
        var single = NetworkParityTests.Compute(name, expected, new(CUDA, ScalarType.Float32));
        var (best, labels) = single.topk(2, dim: 1);
        var margin = best.select(1, 0) - best.select(1, 1);
        foreach (var type in new[] { ScalarType.Float16, ScalarType.BFloat16 })
        {
            var half = NetworkParityTests.Compute(name, expected, new(CUDA, type)).to(ScalarType.Float32);
            var error = (half - single).abs().mean().item<float>();
            using var threshold = (6 * error).ToScalar();
            var counts = margin.gt(threshold);
            var agree = half.argmax(1).eq(labels.select(1, 0)).logical_and(counts).sum().item<long>() / (double)counts.sum().item<long>();
            var share = counts.to(ScalarType.Float32).mean().item<float>();
            output.WriteLine($"{name} {type}: {agree:P3} of the labels agree where the margin is above {6 * error:G3} ({share:P1} of the pixels)");
            Assert.InRange(share, 0.5, 1);
            Assert.InRange(agree, 0.999, 1);
        }
    }
}

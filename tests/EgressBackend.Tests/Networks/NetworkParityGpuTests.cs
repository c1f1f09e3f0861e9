using Egress.Tests;
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
    public void Without_tf32_the_logits_are_those_of_torchvision(string name, int index) => WithoutTf32(() =>
    {
        var expected = Reference.Of(name).Cases[index];

        NetworkParityTests.AssertClose(expected, NetworkParityTests.Compute(name, expected, new(CUDA, ScalarType.Float32)));
    });

    [GpuTheory]
    [MemberData(nameof(Networks))]
    public void In_half_precision_the_labels_are_those_of_single_precision(string name) => WithoutTf32(() =>
    {
        var expected = Reference.Of(name).Cases[0];
        var single = NetworkParityTests.Compute(name, expected, new(CUDA, ScalarType.Float32));
        foreach (var type in new[] { ScalarType.Float16, ScalarType.BFloat16 })
        {
            var (counted, agreed) = NetworkParityTests.AssertLabels(single, NetworkParityTests.Compute(name, expected, new(CUDA, type)));
            output.WriteLine($"{name} {type}: {agreed:P3} of the labels agree, of the {counted:P1} of the pixels that are no tie");
        }
    });

    private static void WithoutTf32(Action compare)
    {
        var tf32 = (backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32);
        (backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32) = (false, false);
        try
        {
            using var inference = inference_mode();
            using var scope = NewDisposeScope();
            compare();
        }
        finally
        {
            (backends.cudnn.allow_tf32, backends.cuda.matmul.allow_tf32) = tf32;
        }
    }
}

using Egress.Devices;
using Egress.Models;
using Egress.Tests;

namespace Egress.Backend.Tests.Scenes;

/// <summary>The same on a GPU, in every precision.</summary>
[Trait("Category", "GPU")]
public sealed class SceneGpuTests(ITestOutputHelper output)
{
    [GpuTheory]
    [InlineData(ModelPrecision.Float32)]
    [InlineData(ModelPrecision.Float16)]
    [InlineData(ModelPrecision.BFloat16)]
    public void The_masks_of_unseen_scenes_are_right(ModelPrecision precision) =>
        SceneTests.AssertRight(SceneRun.Compare(DeviceKind.Cuda, precision), output);
}

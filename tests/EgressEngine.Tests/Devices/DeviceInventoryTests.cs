using Egress.Devices;

namespace Egress.Tests.Devices;

/// <summary>Finding a device among those of a machine, by a name as <c>-Device</c> takes it.</summary>
public sealed class DeviceInventoryTests
{
    private const string NoDriver = "No NVIDIA driver is installed here.";

    private static readonly EgressDeviceInfo[] s_without = [Info("cpu", DeviceKind.Cpu), Info("cuda", DeviceKind.Cuda, NoDriver), Info("simulated", DeviceKind.Simulated)];

    private static readonly EgressDeviceInfo[] s_with =
        [Info("cpu", DeviceKind.Cpu), Info("cuda:0", DeviceKind.Cuda), Info("cuda:1", DeviceKind.Cuda), Info("simulated", DeviceKind.Simulated)];

    [Theory]
    [InlineData("cpu", "cpu")]
    [InlineData("CPU", "cpu")]
    [InlineData("cuda", "cuda:0")]
    [InlineData("cuda:1", "cuda:1")]
    [InlineData("simulated:compute=20", "simulated")]
    public void A_name_that_runs_take_finds_its_device(string name, string expected) =>
        Assert.Equal(expected, DeviceInventory.Find(s_with, name).Name);

    [Fact]
    public void Where_there_is_no_gpu_its_row_says_why() => Assert.Equal(NoDriver, DeviceInventory.Find(s_without, "cuda").Reason);

    [Theory]
    [InlineData("nosuch")]
    [InlineData("cuda:two")]
    [InlineData("simulated:speed=1")]
    public void What_is_no_name_of_a_device_is_an_error_with_those_that_are(string name)
    {
        var error = Assert.Throws<EgressException>(() => DeviceInventory.Find(s_with, name));
        Assert.Equal(EgressErrorId.DeviceNotFound, error.ErrorId);
        Assert.Equal(name, error.Target);
        Assert.Contains("cpu, cuda:0, cuda:1, simulated", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gpu_that_is_not_there_is_an_error_with_the_reason()
    {
        Assert.Contains(NoDriver, Assert.Throws<EgressException>(() => DeviceInventory.Find(s_without, "cuda:0")).Message, StringComparison.Ordinal);
        Assert.Equal("There is no cuda:2 here.", Assert.Throws<EgressException>(() => DeviceInventory.Find(s_with, "cuda:2")).Message);
    }

    private static EgressDeviceInfo Info(string name, DeviceKind kind, string? reason = null) =>
        new() { Name = name, Kind = kind, Description = name, IsUsable = reason is null, Reason = reason };
}

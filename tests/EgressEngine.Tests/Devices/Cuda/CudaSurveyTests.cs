using Egress.Devices.Cuda;

namespace Egress.Tests.Devices.Cuda;

public sealed class CudaSurveyTests
{
    [Fact]
    public void Every_device_is_described_and_no_context_stays_behind()
    {
        var driver = new FakeCudaDriverApi { DeviceCount = 2 };

        var (devices, reason, version) = new CudaSurvey(driver).Take(withFreeMemory: true);

        Assert.Equal(
            [
                new CudaDeviceInfo(0, "GPU 0", new Version(9, 0), 1000, 250),
                new CudaDeviceInfo(1, "GPU 1", new Version(9, 1), 2000, 500),
            ],
            devices);
        Assert.Equal((null, new Version(13, 0)), (reason, version));
        Assert.Equal((0, 0, 2), (driver.Retained, driver.Pushed, driver.RetainCalls));
    }

    [Fact]
    public void Devices_are_not_started_where_free_memory_is_not_asked_for()
    {
        var driver = new FakeCudaDriverApi();

        var (devices, _, _) = new CudaSurvey(driver).Take(withFreeMemory: false);

        Assert.Equal((1, null, 0), (devices.Count, devices[0].FreeBytes, driver.RetainCalls));
    }

    [Theory]
    [InlineData("cuDevicePrimaryCtxRetain")]
    [InlineData("cuCtxPushCurrent")]
    [InlineData("cuMemGetInfo")]
    public void A_device_that_another_process_holds_is_listed_without_its_free_memory(string call)
    {
        var driver = new FakeCudaDriverApi();
        driver.Fail(call, 46);

        var (devices, reason, _) = new CudaSurvey(driver).Take(withFreeMemory: true);

        Assert.Equal(("GPU 0", 1000L, null), (devices[0].Name, devices[0].TotalBytes, devices[0].FreeBytes));
        Assert.Null(reason);
        Assert.Equal((0, 0), (driver.Retained, driver.Pushed));
    }

    [Theory]
    [InlineData("cuInit", 100, "sees no GPU")]
    [InlineData("cuInit", 803, "does not start: cuInit returned CUDA_ERROR_803 (803)")]
    [InlineData("cuDeviceGetCount", 3, "does not start: cuDeviceGetCount returned CUDA_ERROR_3 (3)")]
    [InlineData("cuDeviceGet", 101, "does not describe 0: CUDA_ERROR_101 (101)")]
    [InlineData("cuDeviceGetName", 101, "does not describe 0: CUDA_ERROR_101 (101)")]
    [InlineData("cuDeviceTotalMem", 101, "does not describe 0: CUDA_ERROR_101 (101)")]
    [InlineData("cuDeviceGetAttribute", 101, "does not describe 0: CUDA_ERROR_101 (101)")]
    public void A_driver_that_does_not_work_gives_a_reason(string call, int code, string text)
    {
        var driver = new FakeCudaDriverApi();
        driver.Fail(call, code);

        var (devices, reason, version) = new CudaSurvey(driver).Take(withFreeMemory: true);

        Assert.Empty(devices);
        Assert.Contains(text, reason, StringComparison.Ordinal);
        Assert.Equal(new Version(13, 0), version);
    }

    [Fact]
    public void No_device_is_a_reason_too_with_the_variable_that_may_hide_them()
    {
        var driver = new FakeCudaDriverApi { DeviceCount = 0 };
        var before = Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES");
        Environment.SetEnvironmentVariable("CUDA_VISIBLE_DEVICES", "7");
        try
        {
            var (devices, reason, _) = new CudaSurvey(driver).Take(withFreeMemory: true);

            Assert.Empty(devices);
            Assert.Equal("The NVIDIA driver sees no GPU. CUDA_VISIBLE_DEVICES is '7'.", reason);
        }
        finally
        {
            Environment.SetEnvironmentVariable("CUDA_VISIBLE_DEVICES", before);
        }
    }

    [Fact]
    public void This_machine_is_listed_without_an_exception()
    {
        var inventory = CudaDevices.Enumerate();

        Assert.Equal(inventory.Devices.Count == 0, inventory.Reason is not null);
        Assert.All(inventory.Devices, device => Assert.InRange(device.FreeBytes ?? 0, 0, device.TotalBytes));
        Assert.Equal(Enumerable.Range(0, inventory.Devices.Count), inventory.Devices.Select(device => device.Ordinal));
    }
}

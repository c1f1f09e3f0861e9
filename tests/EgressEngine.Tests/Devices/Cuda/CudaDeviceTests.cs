using Egress.Buffers;
using Egress.Devices;
using Egress.Devices.Cuda;

namespace Egress.Tests.Devices.Cuda;

public sealed class CudaDeviceTests
{
    [Fact]
    public void Opening_and_disposing_leaves_no_handle()
    {
        using var fake = new FakeCudaApi();
        var device = CudaDevices.Open(0, new CudaRuntime(fake));
        Assert.Equal(("cuda:0", DeviceKind.Cuda, 2), (device.Name, device.Kind, fake.LiveStreams));
        using (device.ComputeStream.Record())
        using (device.CreateMemory(100))
        using (device.AllocateHost(100, HostMemoryKind.Pinned))
        {
            Assert.Equal(5, fake.LiveHandles);
        }

        device.Dispose();
        device.Dispose();

        Assert.Equal(0, fake.LiveHandles);
        Assert.Equal(2, fake.Calls("cudaStreamDestroy"));
        Assert.Empty(fake.Violations);
    }

    [Fact]
    public void A_device_whose_second_stream_cannot_be_created_leaves_no_handle()
    {
        using var fake = new FakeCudaApi();
        var cuda = new CudaRuntime(fake);
        fake.Fail("cudaStreamCreateWithFlags", 2, after: 1);

        var error = Assert.Throws<EgressException>(() => CudaDevices.Open(0, cuda));

        Assert.Equal(EgressErrorId.DeviceMemoryExhausted, error.ErrorId);
        Assert.Equal(0, fake.LiveHandles);
        Assert.Equal(1, fake.Calls("cudaStreamDestroy"));
    }

    [Fact]
    public void A_disposed_device_gives_nothing()
    {
        using var fake = new FakeCudaApi();
        var device = CudaDevices.Open(0, new CudaRuntime(fake));
        device.Dispose();

        Assert.Throws<ObjectDisposedException>(() => device.AllocateHost(1, HostMemoryKind.Pinned));
        Assert.Throws<ObjectDisposedException>(() => device.AllocateHost(1, HostMemoryKind.Fresh));
        Assert.Throws<ObjectDisposedException>(() => device.CreateMemory(1));
        Assert.Throws<ObjectDisposedException>(device.BindThread);
        Assert.Throws<ObjectDisposedException>(device.Synchronize);
    }

    [Fact]
    public void Memory_is_freed_once_and_has_no_address_afterwards()
    {
        using var fake = new FakeCudaApi();
        using var device = CudaDevices.Open(0, new CudaRuntime(fake));
        var memory = device.CreateMemory(64);
        Assert.Equal(64, memory.Bytes);
        memory.Dispose();
        memory.Dispose();

        Assert.Equal(1, fake.Calls("cudaFree"));
        Assert.Throws<ObjectDisposedException>(() => memory.Address);
        Assert.Throws<ArgumentOutOfRangeException>(() => device.CreateMemory(0));
    }

    [Fact]
    public async Task Any_thread_works_on_the_right_device_and_no_other_device_is_started()
    {
        using var fake = new FakeCudaApi { DeviceCount = 3 };
        using var device = CudaDevices.Open(2, new CudaRuntime(fake));

        await OnNewThread(() =>
        {
            using var host = device.AllocateHost(16, HostMemoryKind.Pinned);
            using var memory = device.CreateMemory(16);
            device.ComputeStream.CopyToDevice(memory, host, 16);
            using var deviceEvent = device.ComputeStream.Record();
            device.EgressStream.Wait(deviceEvent);
            using var copied = device.EgressStream.Record();
            fake.RunAll();
            copied.Synchronize();
            device.Synchronize();
        });

        Assert.Equal([2], fake.StartedDevices);
        Assert.Empty(fake.Violations);
    }

    [Fact]
    public async Task Binding_a_thread_makes_the_device_its_current_one()
    {
        using var fake = new FakeCudaApi { DeviceCount = 2 };
        var cuda = new CudaRuntime(fake);
        using var device = CudaDevices.Open(1, cuda);

        await OnNewThread(() =>
        {
            fake.GetDevice(out var before);
            device.BindThread();
            fake.GetDevice(out var after);
            Assert.Equal((0, 1), (before, after));
        });
    }

    [Fact]
    public void Two_devices_wait_for_each_others_events()
    {
        using var fake = new FakeCudaApi { DeviceCount = 2 };
        var cuda = new CudaRuntime(fake);
        using var first = CudaDevices.Open(0, cuda);
        using var second = CudaDevices.Open(1, cuda);
        var order = new List<int>();
        fake.Launch(0, () => order.Add(0));
        using var done = first.ComputeStream.Record();
        second.ComputeStream.Wait(done);
        fake.Launch(1, () => order.Add(1));

        Assert.Equal(0, fake.Run(0, device: 1));
        fake.RunAll();

        Assert.Equal([0, 1], order);
        Assert.Empty(fake.Violations);
    }

    [Theory]
    [InlineData(0, 0, "sees no CUDA device")]
    [InlineData(1, 1, "sees one CUDA device, cuda:0")]
    [InlineData(7, 4, "sees 4 CUDA devices, cuda:0 to cuda:3")]
    [InlineData(-1, 4, "sees 4 CUDA devices")]
    public void A_device_that_is_not_there_is_named_with_those_that_are(int ordinal, int count, string text)
    {
        using var fake = new FakeCudaApi { DeviceCount = count };

        var error = Assert.Throws<EgressException>(() => CudaDevices.Open(ordinal, new CudaRuntime(fake)));

        Assert.Equal(EgressErrorId.DeviceNotFound, error.ErrorId);
        Assert.Equal(EgressErrorCategory.ResourceUnavailable, error.Category);
        Assert.Equal($"cuda:{ordinal}", error.Target);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
        Assert.Contains("Get-EgressDevice", error.Advice, StringComparison.Ordinal);
        Assert.Empty(fake.StartedDevices);
    }

    [Theory]
    [InlineData(CudaError.NoDevice)]
    [InlineData(CudaError.InsufficientDriver)]
    public void A_runtime_that_cannot_count_devices_has_none(int code)
    {
        using var fake = new FakeCudaApi();
        fake.Fail("cudaGetDeviceCount", code);

        var error = Assert.Throws<EgressException>(() => CudaDevices.Open(0, new CudaRuntime(fake)));

        Assert.Equal(EgressErrorId.DeviceNotFound, error.ErrorId);
        Assert.Contains($"cudaErrorNumber{code} ({code}): text of {code}", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, fake.PeekAtLastError());
    }

    private static Task OnNewThread(Action action) =>
        Task.Factory.StartNew(action, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}

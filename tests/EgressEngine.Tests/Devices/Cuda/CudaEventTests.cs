using Egress.Devices.Cuda;

namespace Egress.Tests.Devices.Cuda;

public sealed class CudaEventTests : IDisposable
{
    private readonly FakeCudaApi _fake = new();
    private readonly CudaDevice _device;

    public CudaEventTests() => _device = CudaDevices.Open(0, new CudaRuntime(_fake));

    [Fact]
    public void The_steady_state_creates_no_events()
    {
        for (var step = 0; step < 1000; step++)
        {
            using var computed = _device.ComputeStream.Record();
            using var copied = _device.EgressStream.Record();
            _fake.RunAll();
            copied.Synchronize();
        }

        Assert.Equal(2, _fake.Calls("cudaEventCreateWithFlags"));
        Assert.Equal(2000, _fake.Calls("cudaEventRecord"));
    }

    [Fact]
    public void Events_sleep_while_they_wait_and_carry_no_time()
    {
        using var plain = _device.ComputeStream.Record();
        using var timed = ((CudaStream)_device.ComputeStream).RecordTimed();

        Assert.Equal([CudaEventFlags.BlockingSync | CudaEventFlags.DisableTiming, CudaEventFlags.BlockingSync], _fake.EventFlags);
    }

    [Fact]
    public void That_an_event_has_not_fired_is_no_error_and_leaves_none_for_libtorch()
    {
        _fake.Launch(0, () => { });
        using var deviceEvent = _device.ComputeStream.Record();

        Assert.False(deviceEvent.HasFired);
        Assert.Equal(0, _fake.PeekAtLastError());
        _fake.RunAll();
        Assert.True(deviceEvent.HasFired);
    }

    [Fact]
    public void Disposing_twice_returns_the_event_once()
    {
        var first = _device.ComputeStream.Record();
        first.Dispose();
        first.Dispose();

        using var second = _device.ComputeStream.Record();
        using var third = _device.ComputeStream.Record();

        Assert.Equal(2, _fake.Calls("cudaEventCreateWithFlags"));
        Assert.Throws<ObjectDisposedException>(() => first.HasFired);
        Assert.Throws<ObjectDisposedException>(first.Synchronize);
        Assert.Throws<ObjectDisposedException>(() => _device.EgressStream.Wait(first));
    }

    [Fact]
    public void An_event_that_outlives_its_device_is_destroyed_when_it_is_disposed()
    {
        var deviceEvent = _device.ComputeStream.Record();
        _device.Dispose();
        Assert.Equal(1, _fake.LiveEvents);

        _fake.RunAll();
        deviceEvent.Synchronize();
        deviceEvent.Dispose();

        Assert.Equal(0, _fake.LiveHandles);
    }

    [Fact]
    public void An_event_whose_record_failed_is_not_used_again()
    {
        _fake.Fail("cudaEventRecord", 400);

        Assert.Throws<EgressException>(() => _device.ComputeStream.Record());

        Assert.Equal(0, _fake.LiveEvents);
    }

    [Fact]
    public void Many_threads_share_the_pool()
    {
        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < 500; i++)
            {
                using var one = _device.ComputeStream.Record();
                using var two = _device.EgressStream.Record();
                _fake.RunAll();
                one.Synchronize();
                two.Synchronize();
            }
        });

        Assert.InRange(_fake.Calls("cudaEventCreateWithFlags"), 2, 16);
        Assert.Equal(8000, _fake.Calls("cudaEventRecord"));
    }

    public void Dispose()
    {
        _device.Dispose();
        Assert.Empty(_fake.Violations);
        Assert.Equal(0, _fake.LiveHandles);
        _fake.Dispose();
    }
}

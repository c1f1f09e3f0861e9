using Egress.Buffers;
using Egress.Devices;
using Egress.Devices.Cpu;
using Egress.Devices.Cuda;

namespace Egress.Tests.Devices.Cuda;

public sealed class CudaStreamTests : IDisposable
{
    private readonly FakeCudaApi _fake = new();
    private readonly CudaDevice _device;

    public CudaStreamTests() => _device = CudaDevices.Open(0, new CudaRuntime(_fake));

    [Fact]
    public void A_copy_on_the_egress_stream_waits_for_the_event_of_compute()
    {
        using var memory = _device.CreateMemory(64);
        using var host = _device.AllocateHost(64, HostMemoryKind.Pinned);
        var computed = false;
        _fake.Launch(0, () =>
        {
            Fill(memory, 7);
            computed = true;
        });
        using (var afterCompute = _device.ComputeStream.Record())
        {
            _device.EgressStream.Wait(afterCompute);
        }

        _device.EgressStream.CopyToHost(host, memory, 64);
        using var copied = _device.EgressStream.Record();

        Assert.Equal(0, _fake.Run(EgressHandle()));
        Assert.False(copied.HasFired);
        Assert.False(computed);

        _fake.Run(0);
        Assert.False(copied.HasFired);
        _fake.Run(EgressHandle());

        Assert.True(copied.HasFired);
        Assert.All(host.Span(0, 64).ToArray(), value => Assert.Equal(7, value));
    }

    [Fact]
    public void Waiting_for_an_event_means_the_record_that_was_made_before_the_wait()
    {
        // The event goes back to its pool and is recorded again behind a second kernel: the copy must not wait for that one.
        using var memory = _device.CreateMemory(8);
        using var host = _device.AllocateHost(8, HostMemoryKind.Pinned);
        _fake.Launch(0, () => Fill(memory, 1));
        using (var first = _device.ComputeStream.Record())
        {
            _device.EgressStream.Wait(first);
        }

        _device.EgressStream.CopyToHost(host, memory, 8);
        using var copied = _device.EgressStream.Record();
        _fake.Launch(0, () => Fill(memory, 2));
        using var second = _device.ComputeStream.Record();

        Assert.Equal(2, _fake.Run(0, device: 0, most: 2));
        _fake.Run(EgressHandle());

        Assert.True(copied.HasFired);
        Assert.False(second.HasFired);
        Assert.Equal(1, host.Span(0, 1)[0]);
    }

    [Fact]
    public async Task Synchronize_of_a_stream_returns_once_its_own_work_is_done()
    {
        using var memory = _device.CreateMemory(16);
        using var host = _device.AllocateHost(16, HostMemoryKind.Pinned);
        host.Span(0, 16).Fill(9);
        _device.IngressStream.CopyToDevice(memory, host, 16);
        var waiting = Task.Run(_device.IngressStream.Synchronize, TestContext.Current.CancellationToken);

        _fake.Launch(0, () => { });
        SpinWait.SpinUntil(() => _fake.Calls("cudaEventSynchronize") == 1);
        _fake.Run(0);
        Assert.False(waiting.IsCompleted);
        _fake.RunAll();

        await waiting;
        Assert.Equal(9, Read(memory)[15]);
        Assert.Equal(0, _fake.Calls("cudaStreamSynchronize"));
    }

    [Fact]
    public void A_copy_into_pageable_memory_is_done_when_the_call_returns()
    {
        using var memory = _device.CreateMemory(32);
        using var host = _device.AllocateHost(32, HostMemoryKind.Fresh);
        Fill(memory, 3);

        _device.ComputeStream.CopyToHost(host, memory, 32);

        Assert.Equal(3, host.Span(31, 1)[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(65)]
    public void A_copy_beyond_either_end_is_refused_before_CUDA_sees_it(long bytes)
    {
        using var memory = _device.CreateMemory(64);
        using var host = _device.AllocateHost(64, HostMemoryKind.Pageable);

        Assert.Throws<ArgumentOutOfRangeException>(() => _device.EgressStream.CopyToHost(host, memory, bytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => _device.IngressStream.CopyToDevice(memory, host, bytes));
        Assert.Equal(0, _fake.Calls("cudaMemcpyAsync"));
    }

    [Fact]
    public void An_event_of_another_kind_of_device_is_refused()
    {
        using var cpu = new CpuDevice();
        using var deviceEvent = cpu.EgressStream.Record();

        Assert.Throws<ArgumentException>(() => _device.EgressStream.Wait(deviceEvent));
    }

    [Fact]
    public void A_disposed_stream_takes_no_work()
    {
        using var memory = _device.CreateMemory(8);
        using var host = _device.AllocateHost(8, HostMemoryKind.Pinned);
        using var deviceEvent = _device.ComputeStream.Record();
        _device.Dispose();

        foreach (var stream in (IDeviceStream[])[_device.ComputeStream, _device.IngressStream, _device.EgressStream])
        {
            Assert.Throws<ObjectDisposedException>(() => stream.CopyToHost(host, memory, 8));
            Assert.Throws<ObjectDisposedException>(() => stream.CopyToDevice(memory, host, 8));
            Assert.Throws<ObjectDisposedException>(() => stream.Wait(deviceEvent));
            Assert.Throws<ObjectDisposedException>(() => stream.Record());
            Assert.Throws<ObjectDisposedException>(stream.Synchronize);
        }

        Assert.Equal(0, _fake.Calls("cudaMemcpyAsync"));
    }

    [Fact]
    public void Time_on_the_device_is_measured_between_timed_records()
    {
        var stream = (CudaStream)_device.ComputeStream;
        using var start = stream.RecordTimed();
        using var end = stream.RecordTimed();
        _fake.RunAll();

        Assert.Equal(1.5, end.MillisecondsSince(start));
        using var plain = (CudaEvent)stream.Record();
        _fake.RunAll();
        Assert.Equal(EgressErrorId.CudaCallFailed, Assert.Throws<EgressException>(() => plain.MillisecondsSince(start)).ErrorId);
    }

    public void Dispose()
    {
        _device.Dispose();
        Assert.Empty(_fake.Violations);
        _fake.Dispose();
    }

    private static unsafe void Fill(CudaMemory memory, byte value) => new Span<byte>((void*)memory.Address, (int)memory.Bytes).Fill(value);

    private static unsafe byte[] Read(CudaMemory memory) => new Span<byte>((void*)memory.Address, (int)memory.Bytes).ToArray();

    /// <summary>The device creates the ingress stream first and the egress stream second.</summary>
    private nint EgressHandle() => _fake.Streams[^1];
}

using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Egress.Buffers;
using Egress.Devices;
using Egress.Devices.Cuda;

namespace Egress.Tests.Devices.Cuda;

/// <summary>The CUDA device on a GPU.</summary>
[Trait("Category", "GPU")]
public sealed class CudaGpuTests(ITestOutputHelper output)
{
    [GpuFact]
    public void The_devices_are_listed_with_what_they_are()
    {
        using (CudaDevices.Open(0))
        {
        }

        var inventory = CudaDevices.Enumerate();

        Assert.Null(inventory.Reason);
        Assert.NotEmpty(inventory.Devices);
        Assert.All(inventory.Devices, device =>
        {
            Assert.NotEmpty(device.Name);
            Assert.InRange(device.ComputeCapability.Major, 3, 99);
            Assert.InRange(device.FreeBytes ?? -1, 1, device.TotalBytes);
        });
        Assert.InRange(inventory.DriverVersion!.Major, 11, 99);
        Assert.InRange(inventory.RuntimeVersion!.Major, 11, 99);
        Assert.True(File.Exists(inventory.RuntimePath));
        output.WriteLine($"{inventory.Devices[0]}, CUDA {inventory.RuntimeVersion} from {inventory.RuntimePath}, driver {inventory.DriverVersion}");
    }

    [GpuFact]
    public void A_device_beyond_the_last_is_not_found()
    {
        var count = CudaDevices.Enumerate(withFreeMemory: false).Devices.Count;
        Assert.NotEqual(0, count);

        Assert.Equal(EgressErrorId.DeviceNotFound, Assert.Throws<EgressException>(() => CudaDevices.Open(count)).ErrorId);
    }

    [GpuTheory]
    [InlineData(1)]
    [InlineData(4097)]
    [InlineData((64 << 20) + 3)]
    public void Bytes_go_there_and_back_on_every_stream_from_every_kind_of_memory(int bytes)
    {
        using var device = Open();
        using var memory = device.CreateMemory(bytes);
        foreach (var stream in (IDeviceStream[])[device.ComputeStream, device.IngressStream, device.EgressStream])
        {
            foreach (var kind in Enum.GetValues<HostMemoryKind>())
            {
                using var there = device.AllocateHost(bytes, kind);
                using var back = device.AllocateHost(bytes, kind);
                Random.Shared.NextBytes(there.Span(0, bytes));

                stream.CopyToDevice(memory, there, bytes);
                stream.CopyToHost(back, memory, bytes);
                using var copied = stream.Record();
                copied.Synchronize();

                Assert.True(copied.HasFired);
                Assert.True(there.Span(0, bytes).SequenceEqual(back.Span(0, bytes)), $"{kind}");
            }
        }
    }

    [GpuFact]
    public void Memory_is_pinned_where_that_was_asked_for_and_only_there()
    {
        using var device = Open();
        var cuda = CudaDevices.Runtime();
        using var pinned = device.AllocateHost(300 << 20, HostMemoryKind.Pinned);
        using var pageable = device.AllocateHost(1 << 20, HostMemoryKind.Pageable);

        Assert.Equal(HostMemoryKind.Pinned, pinned.Kind);
        Assert.Equal(CudaMemoryType.Host, cuda.PointerType(pinned.Address));
        Assert.Equal(CudaMemoryType.Host, cuda.PointerType(pinned.Address + (nint)pinned.Bytes - 1));
        Assert.Equal(CudaMemoryType.Unregistered, cuda.PointerType(pageable.Address));

        var address = pinned.Address;
        pinned.Dispose();
        Assert.NotEqual(CudaMemoryType.Host, cuda.PointerType(address));
    }

    [GpuFact]
    public void Both_ways_of_pinning_give_pinned_memory_and_their_times_are_reported()
    {
        // One batch of the article's output.
        const long Bytes = 64L * 21 * 512 * 512 * sizeof(float);
        using var device = Open();
        var cuda = CudaDevices.Runtime();
        var times = new List<string>();
        for (var round = 0; round < 3; round++)
        {
            var start = Stopwatch.GetTimestamp();
            var allocated = cuda.HostAlloc(Bytes);
            var hostAlloc = Stopwatch.GetElapsedTime(start);
            Assert.Equal(CudaMemoryType.Host, cuda.PointerType(allocated));
            cuda.FreeHost(allocated);

            start = Stopwatch.GetTimestamp();
            using var block = device.AllocateHost(Bytes, HostMemoryKind.Pinned);
            var registered = Stopwatch.GetElapsedTime(start);
            Assert.Equal(CudaMemoryType.Host, cuda.PointerType(block.Address));
            times.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"cudaHostAlloc {hostAlloc.TotalMilliseconds:0} ms, populated and registered {registered.TotalMilliseconds:0} ms"));
        }

        output.WriteLine($"{Bytes} bytes: {string.Join("; ", times)}");
    }

    [GpuFact]
    public void Pinned_memory_outlives_its_device()
    {
        HostBlock block;
        using (var device = Open())
        {
            block = device.AllocateHost(1 << 20, HostMemoryKind.Pinned);
        }

        using (block)
        using (var device = Open())
        using (var memory = device.CreateMemory(block.Bytes))
        {
            device.IngressStream.CopyToDevice(memory, block, block.Bytes);
            device.Synchronize();
            Assert.Equal(CudaMemoryType.Host, CudaDevices.Runtime().PointerType(block.Address));
        }
    }

    [GpuFact]
    public void An_event_orders_one_stream_after_another()
    {
        // A queue of copies on one stream, each with another content: the copy back on the other must see the last.
        const int Bytes = 256 << 20;
        const int Copies = 20;
        using var device = Open();
        using var memory = device.CreateMemory(Bytes);
        using var older = device.AllocateHost(Bytes, HostMemoryKind.Pinned);
        using var last = device.AllocateHost(Bytes, HostMemoryKind.Pinned);
        using var back = device.AllocateHost(Bytes, HostMemoryKind.Pinned);
        older.Span(0, Bytes).Fill(1);
        last.Span(0, Bytes).Fill(2);
        for (var i = 0; i < Copies; i++)
        {
            device.ComputeStream.CopyToDevice(memory, i == Copies - 1 ? last : older, Bytes);
        }

        using (var computed = device.ComputeStream.Record())
        {
            Assert.False(computed.HasFired);
            device.EgressStream.Wait(computed);
        }

        device.EgressStream.CopyToHost(back, memory, Bytes);
        using var copied = device.EgressStream.Record();
        copied.Synchronize();

        Assert.Equal(-1, back.Span(0, Bytes).IndexOfAnyExcept((byte)2));
    }

    [GpuFact]
    public async Task A_fresh_thread_uses_the_device_without_more_ado()
    {
        using var device = Open();
        await Task.Factory.StartNew(
            () =>
            {
                using var memory = device.CreateMemory(4096);
                using var host = device.AllocateHost(4096, HostMemoryKind.Pinned);
                device.ComputeStream.CopyToDevice(memory, host, 4096);
                device.ComputeStream.Synchronize();
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    [GpuFact]
    public void Three_gibibytes_arrive_whole()
    {
        const long Bytes = 3L << 30;
        using var device = Open();
        using var memory = device.CreateMemory(Bytes);
        using var there = device.AllocateHost(Bytes, HostMemoryKind.Pinned);
        using var back = device.AllocateHost(Bytes, HostMemoryKind.Pinned);
        var words = Words(there);
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = (i + 1L) * 0x1E37_79B9_7F4A_7C15L;
        }

        device.IngressStream.CopyToDevice(memory, there, Bytes);
        device.IngressStream.Synchronize();
        device.EgressStream.CopyToHost(back, memory, Bytes);
        device.EgressStream.Synchronize();

        Assert.Equal(Bytes / sizeof(long), words.CommonPrefixLength(Words(back)));
    }

    [GpuFact]
    public void A_bad_call_is_an_error_and_the_device_goes_on()
    {
        using var device = Open();
        using var start = (CudaEvent)device.EgressStream.Record();
        using var end = (CudaEvent)device.EgressStream.Record();
        end.Synchronize();

        // These carry no time.
        var error = Assert.Throws<EgressException>(() => end.MillisecondsSince(start));

        Assert.Equal(EgressErrorId.CudaCallFailed, error.ErrorId);
        Assert.StartsWith("cudaEventElapsedTime failed with cudaErrorInvalid", error.Message, StringComparison.Ordinal);
        device.Synchronize();
        using var deviceEvent = device.EgressStream.Record();
        deviceEvent.Synchronize();
    }

    [GpuFact]
    public void More_device_memory_than_there_is_is_an_error_with_what_is_free()
    {
        using var device = Open();

        var error = Assert.Throws<EgressException>(() => device.CreateMemory(1L << 50));

        Assert.Equal(EgressErrorId.DeviceMemoryExhausted, error.ErrorId);
        Assert.Contains("1048576.00 GiB were asked for", error.Message, StringComparison.Ordinal);
        using var memory = device.CreateMemory(1 << 20);
    }

    [GpuFact]
    public void Registering_memory_twice_is_an_error_that_leaves_it_pinned()
    {
        using var device = Open();
        var cuda = CudaDevices.Runtime();
        using var block = device.AllocateHost(1 << 20, HostMemoryKind.Pinned);

        var error = Assert.Throws<EgressException>(() => cuda.HostRegister(block.Address, block.Bytes));

        Assert.Contains("cudaErrorHostMemoryAlreadyRegistered (712)", error.Message, StringComparison.Ordinal);
        Assert.Equal(CudaMemoryType.Host, cuda.PointerType(block.Address));
    }

    [GpuFact]
    public void Both_directions_copy_at_once_and_whole()
    {
        const int Bytes = 1 << 30;
        using var device = Open();
        using var inward = device.CreateMemory(Bytes);
        using var outward = device.CreateMemory(Bytes);
        using var source = device.AllocateHost(Bytes, HostMemoryKind.Pinned);
        using var destination = device.AllocateHost(Bytes, HostMemoryKind.Pinned);
        source.Span(0, Bytes).Fill(5);
        device.IngressStream.CopyToDevice(outward, source, Bytes);
        device.Synchronize();

        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < 4; i++)
        {
            device.IngressStream.CopyToDevice(inward, source, Bytes);
            device.EgressStream.CopyToHost(destination, outward, Bytes);
        }

        device.Synchronize();
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;

        Assert.Equal(-1, destination.Span(0, Bytes).IndexOfAnyExcept((byte)5));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"both directions at once: {8L * Bytes / seconds / 1e9:0.0} GB/s"));
    }

    [GpuFact]
    public void The_device_tells_how_long_a_copy_took()
    {
        const long Bytes = 1L << 30;
        using var device = Open();
        using var memory = device.CreateMemory(Bytes);
        using var host = device.AllocateHost(Bytes, HostMemoryKind.Pinned);
        var stream = (CudaStream)device.EgressStream;
        stream.CopyToHost(host, memory, Bytes);

        using var start = stream.RecordTimed();
        stream.CopyToHost(host, memory, Bytes);
        using var end = stream.RecordTimed();
        end.Synchronize();

        var milliseconds = end.MillisecondsSince(start);
        Assert.InRange(milliseconds, 0.1, 10_000);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"device to host: {Bytes / milliseconds / 1e6:0.0} GB/s"));
    }

    [GpuFact]
    public void The_profiler_starts_and_stops()
    {
        using var device = Open();
        CudaDevices.Runtime().ProfilerStart();
        CudaDevices.Runtime().ProfilerStop();
    }

    private static CudaDevice Open()
    {
        var device = (CudaDevice)CudaDevices.Open(0);
        device.BindThread();
        return device;
    }

    private static Span<long> Words(HostBlock block)
    {
        // A span of bytes ends at 2 GiB; one of words reaches further.
        return MemoryMarshal.CreateSpan(ref MemoryMarshal.AsRef<long>(block.Span(0, sizeof(long))), checked((int)(block.Bytes / sizeof(long))));
    }
}

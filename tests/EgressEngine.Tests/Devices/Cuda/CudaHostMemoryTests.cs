using Egress.Buffers;
using Egress.Devices.Cuda;

namespace Egress.Tests.Devices.Cuda;

public sealed class CudaHostMemoryTests
{
    [Fact]
    public void Pinned_memory_is_registered_whole_and_checked_at_both_ends()
    {
        using var fake = new FakeCudaApi();
        using var device = CudaDevices.Open(0, new CudaRuntime(fake));

        using (var block = device.AllocateHost(10_000, HostMemoryKind.Pinned))
        {
            Assert.Equal((HostMemoryKind.Pinned, 10_000L), (block.Kind, block.Bytes));
            Assert.Equal(1, fake.LiveRegistrations);
            Assert.Equal(2, fake.Calls("cudaPointerGetAttributes"));
            fake.PointerGetAttributes(block.Address + 9_999, out var type, out _);
            Assert.Equal(CudaMemoryType.Host, type);
        }

        Assert.Equal(0, fake.LiveRegistrations);
        Assert.Empty(fake.Violations);
    }

    [Theory]
    [InlineData(HostMemoryKind.Fresh)]
    [InlineData(HostMemoryKind.Pageable)]
    public void Memory_that_is_not_pinned_does_not_reach_CUDA(HostMemoryKind kind)
    {
        using var fake = new FakeCudaApi();
        using var device = CudaDevices.Open(0, new CudaRuntime(fake));

        using var block = device.AllocateHost(4096, kind);

        Assert.Equal(kind, block.Kind);
        Assert.Equal(0, fake.Calls("cudaHostRegister"));
    }

    [Fact]
    public void Pageable_memory_that_passes_for_pinned_is_refused()
    {
        using var fake = new FakeCudaApi { RegisterWithoutPinning = true };
        using var device = CudaDevices.Open(0, new CudaRuntime(fake));
        var before = HostMemory.HeldBlocks;

        var error = Assert.Throws<EgressException>(() => device.AllocateHost(1 << 20, HostMemoryKind.Pinned));

        Assert.Equal((EgressErrorId.MemoryNotPinned, EgressErrorCategory.DeviceError), (error.ErrorId, error.Category));
        Assert.Contains("Unregistered", error.Message, StringComparison.Ordinal);
        Assert.Equal("cuda:0", error.Target);
        Assert.Equal((0, before), (fake.LiveRegistrations, HostMemory.HeldBlocks));
    }

    [Fact]
    public void Where_the_check_itself_fails_the_memory_is_unpinned_and_given_back()
    {
        using var fake = new FakeCudaApi();
        using var device = CudaDevices.Open(0, new CudaRuntime(fake));
        var before = HostMemory.HeldBlocks;
        fake.Fail("cudaPointerGetAttributes", 700);

        var error = Assert.Throws<EgressException>(() => device.AllocateHost(1 << 20, HostMemoryKind.Pinned));

        Assert.Equal(EgressErrorId.CudaCallFailed, error.ErrorId);
        Assert.Equal((0, before), (fake.LiveRegistrations, HostMemory.HeldBlocks));
    }

    [Theory]
    [InlineData(2, EgressErrorId.HostMemoryExhausted)]
    [InlineData(712, EgressErrorId.CudaCallFailed)]
    public void Memory_that_cannot_be_pinned_is_given_back(int code, string errorId)
    {
        using var fake = new FakeCudaApi();
        using var device = CudaDevices.Open(0, new CudaRuntime(fake));
        var before = HostMemory.HeldBytes;
        fake.Fail("cudaHostRegister", code);

        var error = Assert.Throws<EgressException>(() => device.AllocateHost(1 << 20, HostMemoryKind.Pinned));

        Assert.Equal(errorId, error.ErrorId);
        Assert.Equal(before, HostMemory.HeldBytes);
        Assert.Equal(0, fake.Calls("cudaHostUnregister"));
    }

    [Fact]
    public void Pinned_memory_outlives_the_device_that_it_was_allocated_for()
    {
        using var fake = new FakeCudaApi();
        var device = CudaDevices.Open(0, new CudaRuntime(fake));
        var block = device.AllocateHost(4096, HostMemoryKind.Pinned);
        device.Dispose();

        block.Span(0, 4096).Fill(1);
        Assert.Equal(1, fake.LiveRegistrations);
        block.Dispose();
        block.Dispose();

        Assert.Equal((0, 1), (fake.LiveHandles, fake.Calls("cudaHostUnregister")));
    }

    [Fact]
    public void A_device_that_is_lost_does_not_keep_the_memory()
    {
        using var fake = new FakeCudaApi();
        using var device = CudaDevices.Open(0, new CudaRuntime(fake));
        var before = HostMemory.HeldBytes;
        var block = device.AllocateHost(4096, HostMemoryKind.Pinned);
        fake.Fail("cudaHostUnregister", 719);

        block.Dispose();

        Assert.Equal(before, HostMemory.HeldBytes);
        Assert.Equal(0, fake.PeekAtLastError());
    }

    [Fact]
    public void A_pool_of_pinned_buffers_goes_back_whole()
    {
        using var fake = new FakeCudaApi();
        using var device = CudaDevices.Open(0, new CudaRuntime(fake));
        using (var pool = new HostBufferPool(5, 100_000, bytes => device.AllocateHost(bytes, HostMemoryKind.Pinned)))
        {
            Assert.True(pool.IsPinned);
            Assert.Equal(5, fake.LiveRegistrations);
        }

        Assert.Equal(0, fake.LiveRegistrations);
    }

    [Fact]
    public void A_pool_whose_fourth_buffer_cannot_be_pinned_leaves_nothing()
    {
        using var fake = new FakeCudaApi();
        using var device = CudaDevices.Open(0, new CudaRuntime(fake));
        var before = HostMemory.HeldBytes;
        fake.Fail("cudaHostRegister", 2, after: 3);

        Assert.Throws<EgressException>(() => new HostBufferPool(5, 100_000, bytes => device.AllocateHost(bytes, HostMemoryKind.Pinned)));

        Assert.Equal((0, before), (fake.LiveRegistrations, HostMemory.HeldBytes));
    }
}

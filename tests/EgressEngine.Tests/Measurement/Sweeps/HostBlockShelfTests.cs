using Egress.Buffers;
using Egress.Devices.Cpu;
using Egress.Measurement.Sweeps;

namespace Egress.Tests.Measurement.Sweeps;

public sealed class HostBlockShelfTests
{
    private const long Page = 4096;

    [Fact]
    public void A_buffer_that_came_back_serves_again_and_a_larger_request_gets_another()
    {
        using var device = new CpuDevice();
        using var shelf = new HostBlockShelf();
        var first = shelf.Allocate(device, 4 * Page, HostMemoryKind.Pageable);
        var address = first.Address;
        first.Dispose();
        first.Dispose();
        Assert.Equal(1, shelf.FreeCount);

        using var smaller = shelf.Allocate(device, 2 * Page, HostMemoryKind.Pageable);
        Assert.Equal((address, 2 * Page), (smaller.Address, smaller.Bytes));
        using var larger = shelf.Allocate(device, 8 * Page, HostMemoryKind.Pageable);
        Assert.NotEqual(address, larger.Address);
        Assert.Equal(0, shelf.FreeCount);
    }

    [Fact]
    public void Much_larger_ones_and_fresh_ones_are_not_handed_out_again()
    {
        using var device = new CpuDevice();
        using var shelf = new HostBlockShelf();
        shelf.Allocate(device, 64 * Page, HostMemoryKind.Pageable).Dispose();
        shelf.Allocate(device, 2 * Page, HostMemoryKind.Fresh).Dispose();
        using var small = shelf.Allocate(device, Page, HostMemoryKind.Pageable);
        Assert.Equal(1, shelf.FreeCount);
    }

    [Fact]
    public void What_many_configurations_had_no_use_for_goes()
    {
        using var device = new CpuDevice();
        using var shelf = new HostBlockShelf();
        shelf.Allocate(device, Page, HostMemoryKind.Pageable).Dispose();
        for (var i = 0; i < 8; i++)
        {
            shelf.EndConfiguration();
        }

        Assert.Equal(1, shelf.FreeCount);
        shelf.EndConfiguration();
        Assert.Equal(0, shelf.FreeCount);
    }

    [Fact]
    public void All_go_when_memory_is_short()
    {
        using var device = new CpuDevice();
        using var shelf = new HostBlockShelf();
        shelf.Allocate(device, Page, HostMemoryKind.Pageable).Dispose();
        Assert.Throws<EgressException>(() => HostMemory.ThrowIfUnavailable(1, long.MaxValue / 2));
        Assert.Equal(0, shelf.FreeCount);
    }
}

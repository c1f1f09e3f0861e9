using System.Runtime.InteropServices;
using Egress.Buffers;
using Egress.Devices.Cuda;
using Egress.Pipeline;
using Egress.Runtime;
using Egress.Tests;
using Egress.Tests.Pipeline;

namespace Egress.Backend.Tests.DataPath;

/// <summary>
/// That no byte is ever wrong on its way off a GPU: the checksum of what a worker received is that which the GPU took of its own
/// memory. Pipelines with one mistake planted show that this check sees mistakes.
/// </summary>
[Trait("Category", "GPU")]
public sealed class DataPathGpuTests(ITestOutputHelper output)
{
    private const int PoolSizes = 8;

    public static TheoryData<string> Strategies => [.. EgressStrategy.All.Select(strategy => strategy.Name)];

    /// <summary>1,040 batches a strategy, over every pool size.</summary>
    [GpuTheory]
    [MemberData(nameof(Strategies))]
    public void Every_batch_arrives_as_it_was_computed(string strategy)
    {
        for (var buffers = 1; buffers <= PoolSizes; buffers++)
        {
            Assert.Empty(new DataPathRun { Strategy = EgressStrategy.Parse(strategy), Buffers = buffers, Seed = buffers }.Run());
        }
    }

    /// <summary>
    /// An output's memory is used again where the next computation overtakes its copy; every other mistake shows where the copy
    /// has to wait for a long computation.
    /// </summary>
    [GpuTheory]
    [InlineData("Pipelined", HandOverFlaw.None)]
    [InlineData("Pipelined", HandOverFlaw.BufferBeforeEvent)]
    [InlineData("Pipelined", HandOverFlaw.OutputReleasedBeforeEvent)]
    [InlineData("Pipelined", HandOverFlaw.CopyBeforeCompute)]
    [InlineData("Pipelined", HandOverFlaw.InputBeforeConsumed)]
    [InlineData("AsyncCopy", HandOverFlaw.None)]
    [InlineData("AsyncCopy", HandOverFlaw.BufferBeforeEvent)]
    [InlineData("AsyncCopy", HandOverFlaw.InputBeforeConsumed)]
    public void A_planted_mistake_is_seen(string strategy, HandOverFlaw flaw)
    {
        var computesLong = flaw is not (HandOverFlaw.None or HandOverFlaw.OutputReleasedBeforeEvent);
        var wrong = new DataPathRun
        {
            Strategy = EgressStrategy.Parse(strategy),
            Flaw = flaw,
            Batches = 40,
            Words = 1 << 22,
            Compute = computesLong ? (4, 8) : (0, 0),
            Delay = TimeSpan.Zero,
        }.Run();

        output.WriteLine($"{strategy}, {flaw}: {wrong.Count} of 79 items wrong{(wrong.Count > 0 ? $", first: {wrong[0]}" : "")}");
        if (flaw == HandOverFlaw.None)
        {
            Assert.Empty(wrong);
        }
        else
        {
            Assert.NotEmpty(wrong);
        }
    }

    /// <summary>The article's last version ran into this: its buffers passed for pinned and were not.</summary>
    [GpuFact]
    public unsafe void Memory_that_only_passes_for_pinned_is_refused()
    {
        var library = LibraryWithRuntime();
        var pretending = new CudaApi(name => name == "cudaHostRegister"
            ? (nint)(delegate* unmanaged<nint, nuint, uint, int>)&PretendToRegister
            : NativeLibrary.GetExport(library, name));
        using var device = new CudaDevice(new CudaRuntime(pretending), 0);

        var error = Assert.Throws<EgressException>(() =>
            new HostBufferPool(2, 1 << 20, bytes => device.AllocateHost(bytes, HostMemoryKind.Pinned)));

        Assert.Equal(EgressErrorId.MemoryNotPinned, error.ErrorId);
    }

    private static nint LibraryWithRuntime()
    {
        _ = NativeRuntime.EnsureLoaded();
        return NativeRuntime.HandleOf(CudaLibrary.TorchPart);
    }

    [UnmanagedCallersOnly]
    private static int PretendToRegister(nint address, nuint bytes, uint flags) => 0;
}

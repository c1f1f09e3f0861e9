using Egress.Buffers;
using Egress.Devices.Cuda;
using Egress.Pipeline;
using Egress.Tests.Pipeline;

namespace Egress.Tests.Devices.Cuda;

/// <summary>
/// Whole runs over the CUDA device, in random ones of the orders that CUDA allows. Freed device memory is overwritten, as
/// libtorch's allocator would hand it to the next step, so a copy that is too late or too early arrives wrong.
/// </summary>
public sealed class CudaPipelineTests
{
    private const int ItemBytes = InvertingSession.ItemBytes;

    public static TheoryData<string, int> Runs
    {
        get
        {
            var runs = new TheoryData<string, int>();
            foreach (var strategy in EgressStrategy.All)
            {
                for (var seed = 0; seed < 6; seed++)
                {
                    runs.Add(strategy.Name, seed);
                }
            }

            return runs;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Every_byte_is_right_in_whatever_order_CUDA_works(string strategy, int seed)
    {
        using var fake = new FakeCudaApi { Shuffle = new Random(seed) };
        var cuda = new CudaRuntime(fake);
        using (var device = CudaDevices.Open(0, cuda))
        using (var session = new InvertingSession(fake, device))
        using (var pipeline = new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions { Strategy = EgressStrategy.Parse(strategy), BatchSize = 4, LoaderCount = 2, WorkerCount = 2, BufferCount = 3 },
            [new PipelineLane(device, session)], new PatternLoader(), new PatternChecker()))
        {
            var result = PipelineDriver.Run(pipeline, 150);

            Assert.Null(result.Reason);
            Assert.Equal(Enumerable.Range(0, 150).Select(i => (long)i), result.Outcomes.Select(outcome => outcome.Item.Number));
            Assert.All(result.Outcomes, outcome => Assert.True(outcome.Result, $"item {outcome.Item.Number}"));
        }

        Assert.Empty(fake.Violations);
        Assert.Equal(0, fake.LiveHandles);
    }

    [Fact]
    public void Two_devices_share_a_pool_of_pinned_buffers()
    {
        using var fake = new FakeCudaApi { DeviceCount = 2, Shuffle = new Random(1) };
        var cuda = new CudaRuntime(fake);
        using (var first = CudaDevices.Open(0, cuda))
        using (var second = CudaDevices.Open(1, cuda))
        using (var one = new InvertingSession(fake, first))
        using (var two = new InvertingSession(fake, second))
        using (var pool = new HostBufferPool(4, ItemBytes * 2, bytes => first.AllocateHost(bytes, HostMemoryKind.Pinned)))
        using (var pipeline = new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions { BatchSize = 2, BufferPool = pool, WorkerCount = 2 },
            [new PipelineLane(first, one), new PipelineLane(second, two)], new PatternLoader(), new PatternChecker()))
        {
            var result = PipelineDriver.Run(pipeline, 100);

            Assert.Null(result.Reason);
            Assert.Equal(100, result.Outcomes.Count(outcome => outcome.Result));
        }

        Assert.Empty(fake.Violations);
        Assert.Equal(0, fake.LiveHandles);
    }

    [Theory]
    [InlineData("cudaMemcpyAsync", 7)]
    [InlineData("cudaEventRecord", 11)]
    [InlineData("cudaEventSynchronize", 9)]
    [InlineData("cudaStreamWaitEvent", 5)]
    public void A_device_that_fails_on_the_way_ends_the_run_with_its_error_and_leaves_nothing(string call, int after)
    {
        using var fake = new FakeCudaApi { Shuffle = new Random(3) };
        using (var device = CudaDevices.Open(0, new CudaRuntime(fake)))
        using (var session = new InvertingSession(fake, device))
        {
            fake.Fail(call, 719, times: 1_000_000, after);
            using var pipeline = new BatchPipeline<MarkedItem, bool>(
                new PipelineOptions { BatchSize = 2 }, [new PipelineLane(device, session)], new PatternLoader(), new PatternChecker());

            var result = PipelineDriver.Run(pipeline, 100);

            var error = Assert.IsType<EgressException>(result.Reason);
            Assert.Equal(EgressErrorId.CudaCallFailed, error.ErrorId);
            Assert.StartsWith($"{call} failed with cudaErrorNumber719 (719)", error.Message, StringComparison.Ordinal);
            Assert.All(result.Outcomes, outcome => Assert.True(outcome.Result));
        }

        Assert.Equal(0, fake.LiveHandles);
    }
}

using Egress.Pipeline;
using Egress.Runtime.Nvtx;
using Egress.Tests.Pipeline;

namespace Egress.Tests.Runtime.Nvtx;

/// <summary>What a profiler sees of a run, and what it costs where there is none.</summary>
public sealed class NvtxRangeTests
{
    public static TheoryData<string> Strategies => [.. EgressStrategy.All.Select(strategy => strategy.Name)];

    [Fact]
    public void A_range_reaches_the_library_as_its_header_lays_it_out()
    {
        using var nvtx = new RecordingNvtx();
        using (NvtxRange.Begin(NvtxLabel.Compute, (1L << 40) + 7))
        {
        }

        var range = Assert.Single(RecordingNvtx.Ranges);
        var attributes = range.Attributes;
        Assert.Equal("compute", range.Name);
        Assert.Equal((3, 48, 0U), (attributes.Version, attributes.Size, attributes.Category));
        Assert.Equal((1, 0xFF008000U), (attributes.ColorType, attributes.Color));
        Assert.Equal((2, 0, (1L << 40) + 7), (attributes.PayloadType, attributes.Reserved, attributes.Payload));
        Assert.Equal(1, attributes.MessageType);
        Assert.Equal(["nvtxRangePushEx", "nvtxRangePop"], nvtx.Exports);
    }

    [Fact]
    public void A_range_about_no_batch_has_no_payload_and_an_older_library_gets_its_own_version()
    {
        using var nvtx = new RecordingNvtx(version: 2);
        NvtxRange.Begin(NvtxLabel.GetBatch).Dispose();
        var attributes = Assert.Single(RecordingNvtx.Ranges).Attributes;
        Assert.Equal((2, 0, 0L), (attributes.Version, attributes.PayloadType, attributes.Payload));
    }

    [Theory]
    [InlineData(0, "Batch 0")]
    [InlineData(123, "Batch 123")]
    [InlineData(long.MaxValue, "Batch 9223372036854775807")]
    public void A_batchs_range_is_named_after_its_number(long batch, string name)
    {
        using var nvtx = new RecordingNvtx();
        NvtxRange.BeginBatch(batch).Dispose();
        var range = Assert.Single(RecordingNvtx.Ranges);
        Assert.Equal((name, "0000FF", batch), (range.Name, range.Color, range.Attributes.Payload));
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void A_run_shows_the_articles_ranges_in_its_colours_on_the_stages_own_threads(string name)
    {
        var strategy = EgressStrategy.Parse(name);
        using var nvtx = new RecordingNvtx();
        Run(strategy);

        var ranges = RecordingNvtx.Ranges.GroupBy(range => range.Name.StartsWith("Batch ", StringComparison.Ordinal) ? "Batch" : range.Name)
            .ToDictionary(group => group.Key, group => group.ToList());
        Check(ranges, "Batch", "0000FF", "inference simulated", null);
        Check(ranges, "compute", "008000", "inference simulated", "Batch");
        Check(ranges, "copy to CPU", "FFFF00", "inference simulated", "Batch");
        Check(ranges, "copy to GPU", "800080", "ingress simulated", null);
        var queue = strategy.Completion == CopyCompletion.Event ? "event monitor simulated" : "inference simulated";
        if (strategy.Completion == CopyCompletion.Event)
        {
            Check(ranges, "queue CUDA event", "00FFFF", "inference simulated", "Batch");
            Check(ranges, "wait for CUDA event", "006400", queue, null);
        }

        if (strategy.UsesPool)
        {
            Check(ranges, "get buffer", "FF0000", "inference simulated", "copy to CPU");
        }

        if (strategy.Processing == OutputProcessing.Workers)
        {
            Check(ranges, "queue output", "00FFFF", queue, strategy.Completion == CopyCompletion.Event ? null : "Batch");
            Check(ranges, "process output", "00FFFF", "worker", null);
        }
        else
        {
            Check(ranges, "process output", "00FFFF", "inference simulated", "Batch");
        }

        // One more wait than batches: the last one finds that there are none.
        Assert.Equal(11, ranges["get batch"].Count);
        Assert.All(ranges["get batch"], range => Assert.Equal(("FF0000", "Egress inference simulated", null), (range.Color, range.Thread, range.Outer)));
        Assert.Equal(20, ranges["load item"].Count);
        Assert.All(ranges["load item"], range => Assert.Equal(("FFA500", "Egress loader", null), (range.Color, range.Thread, range.Outer)));

        string[] expected =
        [
            "Batch", "compute", "copy to CPU", "copy to GPU", "get batch", "load item", "process output",
            .. strategy.UsesPool ? ["get buffer"] : Array.Empty<string>(),
            .. strategy.Completion == CopyCompletion.Event ? ["queue CUDA event", "wait for CUDA event"] : Array.Empty<string>(),
            .. strategy.Processing == OutputProcessing.Workers ? ["queue output"] : Array.Empty<string>(),
        ];
        Assert.Equal(expected.Order(), ranges.Keys.Order());
        Assert.Equal(0, RecordingNvtx.Unmatched);
    }

    [Fact]
    public void Without_the_library_a_range_allocates_nothing_and_calls_nothing()
    {
        using var nvtx = new RecordingNvtx();
        NvtxLibrary.Current = null;
        Assert.Equal(0, AllocatedBy(1000));
        Assert.Empty(RecordingNvtx.Ranges);
    }

    [Fact]
    public void With_it_the_engine_allocates_nothing_either()
    {
        using var nvtx = new QuietNvtx();
        Assert.Equal(0, AllocatedBy(1000));
        Assert.Equal(2 * 1001, QuietNvtx.Pops);
    }

    private static long AllocatedBy(int ranges)
    {
        Ranges(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Ranges(ranges);
        return GC.GetAllocatedBytesForCurrentThread() - before;

        static void Ranges(int count)
        {
            for (var i = 0; i < count; i++)
            {
                using var batch = NvtxRange.BeginBatch(i);
                using var compute = NvtxRange.Begin(NvtxLabel.Compute, i);
            }
        }
    }

    /// <summary>One range a batch, of the right colour, on one thread and inside one kind of range.</summary>
    private static void Check(Dictionary<string, List<RangeNote>> ranges, string name, string color, string thread, string? outer)
    {
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), ranges[name].Select(range => range.Attributes.Payload).Distinct().Order());
        Assert.All(ranges[name], range =>
        {
            Assert.Equal((color, $"Egress {thread}"), (range.Color, range.Thread));
            Assert.Equal(outer == "Batch" ? $"Batch {range.Attributes.Payload}" : outer, range.Outer);
        });
    }

    private static void Run(EgressStrategy strategy)
    {
        var lane = SimulatedLanes.Create(SimulatedLanes.Timing(0.1, 0.1));
        using var device = lane.Device;
        using var pipeline = new BatchPipeline<MarkedItem, bool>(
            new PipelineOptions { Strategy = strategy, BatchSize = 2, WorkerCount = 2, BufferCount = 2 }, [lane], new MarkLoader(), new MarkChecker());
        Assert.Equal(20, PipelineDriver.Run(pipeline, 20).Outcomes.Count);
    }
}

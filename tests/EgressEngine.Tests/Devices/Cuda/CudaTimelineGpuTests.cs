using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Egress.Buffers;
using Egress.Devices;
using Egress.Devices.Cuda;
using Egress.Measurement;
using Egress.Models;
using Egress.Pipeline;
using Egress.Runtime;
using Egress.Runtime.Nvtx;
using Egress.Tests.Measurement;
using Egress.Tests.Pipeline;

namespace Egress.Tests.Devices.Cuda;

/// <summary>A GPU's work on the host's time axis, and NVTX, on a GPU machine.</summary>
[Trait("Category", "GPU")]
public sealed class CudaTimelineGpuTests(ITestOutputHelper output) : IDisposable
{
    private const int ItemBytes = 64 << 20;
    private const int Batches = 24;

    // An anchor is some ten microseconds uncertain; this is what tells it from a wrong one on a busy machine.
    private static readonly TimeSpan s_doubt = TimeSpan.FromMilliseconds(1);
    private readonly TemporaryFolder _folder = new();

    [GpuFact]
    public void Spans_lie_between_the_hosts_looks_at_its_clock_for_longer_than_an_anchor_serves()
    {
        using var device = Open();
        using var memory = device.CreateMemory(16 << 20);
        using var host = device.AllocateHost(16 << 20, HostMemoryKind.Pinned);
        var stream = device.EgressStream;
        stream.CopyToHost(host, memory, host.Bytes);
        stream.Synchronize();
        ((ITimedStream)stream).BeginSpan().Dispose();

        var worst = TimeSpan.Zero;
        for (var i = 0; i < 100; i++)
        {
            var before = Stopwatch.GetTimestamp();
            using var span = ((ITimedStream)stream).BeginSpan();
            stream.CopyToHost(host, memory, host.Bytes);
            span.End();
            stream.Synchronize();
            var after = Stopwatch.GetTimestamp();

            Assert.True(span.EndTicks > span.StartTicks);
            worst = Later(worst, span.StartTicks, before);
            worst = Later(worst, after, span.EndTicks);
            Thread.Sleep(10);
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"outside the host's times by {worst.TotalMicroseconds:0.0} µs at most"));
        Assert.True(worst < s_doubt);
    }

    [GpuFact]
    public void A_runs_timeline_tells_the_truth()
    {
        using var device = Open();
        using var session = new CopyingSession(device);
        StallingTrace spans;
        var path = _folder["trace.json"];
        using (var trace = new TimelineTrace(path))
        {
            spans = new StallingTrace(trace, device, stallAt: 12, TimeSpan.FromMilliseconds(50));
            using var pipeline = new BatchPipeline<MarkedItem, bool>(
                new PipelineOptions { BufferCount = 3 }, [new PipelineLane(device, session)], new BlankLoader(), new ThreadRecorder(), spans);
            var result = PipelineDriver.Run(pipeline, Batches);
            Assert.Null(result.Reason);
            Assert.Equal(Batches, result.Outcomes.Count);
        }

        var doubt = (long)(s_doubt.TotalSeconds * Stopwatch.Frequency);
        var file = new TraceFile(path);
        Assert.Equal("cuda:0", file.Processes[2]);
        foreach (var track in (string[])["compute", "copy in", "copy out"])
        {
            var slices = file.Device(track);
            Assert.Equal(Enumerable.Range(0, Batches).Select(i => (long)i), slices.Select(slice => slice.Batch));
            Assert.All(slices.Zip(slices.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start + 0.002, $"{pair}"));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{track}: {slices.Average(slice => slice.Duration):0} µs a batch"));
        }

        // A copy in begins after its thread began with it and has ended when the thread goes on.
        foreach (var (batch, copyStart, copyEnd) in spans.Device(DeviceWork.CopyIn))
        {
            var (stageStart, stageEnd) = spans.Stage(PipelineStage.CopyIn, batch);
            Assert.True(Later(TimeSpan.Zero, copyStart, stageStart) < s_doubt, $"batch {batch}");
            Assert.True(Later(TimeSpan.Zero, stageEnd, copyEnd) < s_doubt, $"batch {batch}");

            // 64 MiB: real work, at less than a terabyte a second.
            Assert.True(Stopwatch.GetElapsedTime(copyStart, copyEnd) > TimeSpan.FromMicroseconds(60));
        }

        // The clock's corrections, which the timeline evens out, are small.
        foreach (var work in Enum.GetValues<DeviceWork>())
        {
            var ordered = spans.Device(work);
            Assert.All(ordered.Zip(ordered.Skip(1)), pair => Assert.True(Later(TimeSpan.Zero, pair.Second.Start, pair.First.End) < s_doubt));
        }

        // The device was seen idle at the stall's beginning, and got work again in the stage that follows its end.
        var stage = spans.Stage(PipelineStage.Compute, 12);
        var (_, start, _) = spans.Device(DeviceWork.Compute)[12];
        var (_, _, end) = spans.Device(DeviceWork.Compute)[11];
        Assert.InRange(start, spans.EndTicks - doubt, stage.End + doubt);
        Assert.True(end <= spans.IdleTicks + doubt);
        var compute = file.Device("compute");
        var gap = compute[12].Start - compute[11].End;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the planted stall: {gap / 1000:0.000} ms"));
        Assert.True(gap >= 50_000 - (2 * s_doubt.TotalMicroseconds));
        Assert.Equal(Stopwatch.GetElapsedTime(end, start).TotalMicroseconds, gap, s_doubt.TotalMicroseconds);
    }

    [GpuFact]
    public void NVTX_takes_ranges_where_this_machine_has_it()
    {
        var runtime = NativeRuntime.EnsureLoaded();
        NvtxLibrary.EnsureSearched();
        if (NvtxLibrary.Current is not { } nvtx)
        {
            output.WriteLine("no NVTX library");
            Assert.DoesNotContain(NvtxLibrary.Candidates(runtime.LibtorchFolder, runtime.CudaRuntimePath), File.Exists);
            return;
        }

        output.WriteLine($"NVTX from {nvtx.Path}");
        using (NvtxRange.BeginBatch(1))
        using (NvtxRange.Begin(NvtxLabel.Compute, 1))
        {
            Assert.True(File.Exists(nvtx.Path));
        }
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>By how much the second point is before the first, or the worst so far.</summary>
    private static TimeSpan Later(TimeSpan worst, long shouldBeLater, long shouldBeEarlier)
    {
        var by = Stopwatch.GetElapsedTime(shouldBeLater, shouldBeEarlier);
        return by > worst ? by : worst;
    }

    private static CudaDevice Open()
    {
        var device = (CudaDevice)CudaDevices.Open(0);
        device.BindThread();
        return device;
    }

    /// <summary>Copies on the compute stream instead of computing, from pinned memory into outputs that are used again.</summary>
    private sealed class CopyingSession : IInferenceSession
    {
        private readonly CudaDevice _device;
        private readonly HostBlock _source;
        private readonly ConcurrentBag<CudaMemory> _free = [];
        private readonly List<CudaMemory> _outputs = [];

        public CopyingSession(CudaDevice device)
        {
            _device = device;
            _source = device.AllocateHost(ItemBytes, HostMemoryKind.Pinned);
        }

        public TensorSpec Input { get; } = new(ElementType.UInt8, ItemBytes);

        public TensorSpec Output => Input;

        public long ParameterBytes => 0;

        public IDeviceMemory CreateInput(int batchSize) => _device.CreateMemory((long)ItemBytes * batchSize);

        public IDeviceMemory Run(IDeviceMemory input, int count)
        {
            if (!_free.TryTake(out var memory))
            {
                memory = _device.CreateMemory(ItemBytes);
                _outputs.Add(memory);
            }

            _device.ComputeStream.CopyToDevice(memory, _source, ItemBytes);
            return new Loan(this, memory);
        }

        public void Dispose()
        {
            _outputs.ForEach(memory => memory.Dispose());
            _source.Dispose();
        }

        private sealed class Loan(CopyingSession session, CudaMemory memory) : IDeviceMemory
        {
            public nint Address => memory.Address;

            public long Bytes => memory.Bytes;

            public void Dispose() => session._free.Add(memory);
        }
    }

    private sealed class BlankLoader : IItemLoader<MarkedItem>
    {
        public void Load(MarkedItem item, Span<byte> slot, CancellationToken cancellationToken)
        {
        }
    }
}

using System.Buffers.Binary;
using Egress.Buffers;
using Egress.Devices;
using Egress.Devices.Cpu;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>Batches that use less of their items' room than there is.</summary>
public sealed class ExtentTests
{
    private const int Room = 64;
    private const int BatchSize = 4;

    [Theory]
    [InlineData("Baseline")]
    [InlineData("BufferPool")]
    [InlineData("MultiWorker")]
    [InlineData("AsyncCopy")]
    [InlineData("Pipelined")]
    public void Items_arrive_as_wide_as_the_longest_of_their_batch(string strategy)
    {
        using var device = new CpuDevice();
        using var session = new LengthSession();
        var work = new LengthWork();
        var options = new PipelineOptions
        {
            Strategy = EgressStrategy.Parse(strategy),
            BatchSize = BatchSize,
            BufferCount = 2,
            WorkerCount = 2,
            LoaderCount = 2,
            SharesBatches = false,
        };
        var random = new Random(3);
        var lengths = Enumerable.Range(0, 203).Select(_ => random.Next(1, Room)).ToList();
        Bounded.Run("the run", () =>
        {
            using var pipeline = new BatchPipeline<int, int>(options, [new PipelineLane(device, session)], work, work);
            var taken = new List<int>();
            var next = 0;
            while (taken.Count < lengths.Count)
            {
                while (next < lengths.Count && pipeline.TrySubmit(lengths[next]))
                {
                    next++;
                }

                if (next == lengths.Count)
                {
                    pipeline.CompleteInput();
                }

                while (pipeline.TryTake(out var outcome, 5))
                {
                    Assert.Null(outcome.Error);
                    taken.Add(outcome.Result);
                }
            }

            // Each item's result is how wide its batch arrived.
            Assert.Equal(lengths.Chunk(BatchSize).SelectMany(batch => batch.Select(_ => batch.Max())), taken);
            Assert.Equal(lengths.Chunk(BatchSize).Sum(batch => (long)batch.Max() * batch.Length), session.OutputTotal);
        });
        Assert.All(work.Parts, part => Assert.Equal(part.BatchCount, part.Count));
    }

    /// <summary>An item is its length, and that many bytes of its value; the output is their complement.</summary>
    private sealed class LengthSession : IInferenceSession
    {
        public long OutputTotal { get; private set; }

        public TensorSpec Input { get; } = new(ElementType.UInt8, sizeof(int) + Room);

        public TensorSpec Output { get; } = new(ElementType.UInt8, Room);

        public long ParameterBytes => 0;

        public int MeasureExtent(HostBlock input, int count) => Enumerable.Range(0, count).Max(item => Length(input.Span(item * Input.Bytes, sizeof(int))));

        public long OutputBytes(int extent) => extent == 0 ? Room : extent;

        public IDeviceMemory CreateInput(int batchSize) => new Memory(Input.Bytes * batchSize);

        public IDeviceMemory Run(IDeviceMemory input, int count) => throw new InvalidOperationException("The extent was forgotten.");

        public unsafe IDeviceMemory Run(IDeviceMemory input, int count, int extent)
        {
            var output = new Memory(OutputBytes(extent) * count);
            OutputTotal += output.Bytes;
            for (var item = 0; item < count; item++)
            {
                var from = new ReadOnlySpan<byte>((byte*)input.Address + (item * Input.Bytes) + sizeof(int), extent);
                var to = new Span<byte>((byte*)output.Address + (item * extent), extent);
                for (var i = 0; i < extent; i++)
                {
                    to[i] = (byte)~from[i];
                }
            }

            return output;
        }

        public void Dispose()
        {
        }

        private static int Length(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    private sealed class LengthWork : IItemLoader<int>, IOutputProcessor<int, int>
    {
        private readonly List<(int Count, int BatchCount)> _parts = [];

        public IReadOnlyList<(int Count, int BatchCount)> Parts => _parts;

        public void Load(int item, Span<byte> slot, CancellationToken cancellationToken)
        {
            slot.Clear();
            BinaryPrimitives.WriteInt32LittleEndian(slot, item);
            slot.Slice(sizeof(int), item).Fill((byte)item);
        }

        public void Process(OutputBatch<int, int> batch, CancellationToken cancellationToken)
        {
            lock (_parts)
            {
                _parts.Add((batch.Count, batch.BatchCount));
            }

            for (var slot = 0; slot < batch.Count; slot++)
            {
                var length = batch.Item(slot);
                var output = batch.Output(slot);
                var isRight = !output[..length].ContainsAnyExcept((byte)~length) && !output[length..].ContainsAnyExcept((byte)0xFF);
                batch.Complete(slot, isRight && output.Length == batch.ItemBytes ? output.Length : -1);
            }
        }
    }

    private sealed class Memory(long bytes) : IDeviceMemory
    {
        private readonly HostBlock _block = HostBlock.Allocate(bytes, HostMemoryKind.Pageable);

        public nint Address => _block.Address;

        public long Bytes => _block.Bytes;

        public void Dispose() => _block.Dispose();
    }
}

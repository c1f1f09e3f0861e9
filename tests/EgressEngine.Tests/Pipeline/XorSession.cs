using Egress.Buffers;
using Egress.Devices;
using Egress.Devices.Cpu;
using Egress.Models;

namespace Egress.Tests.Pipeline;

/// <summary>
/// A model on the CPU without libtorch: it inverts every byte, at once or, given a stream, on that stream's thread and after some
/// time. Its memory is that of a caching allocator: a released block is overwritten and reused by the next run, its address stays readable, and only
/// the session's end unmaps it. A copy from a released output arrives wrong, as it does on a GPU.
/// </summary>
internal sealed unsafe class XorSession(int itemBytes, ThreadStream? compute = null, TimeSpan computeTime = default) : IInferenceSession
{
    private const byte Released = 0xEE;
    private readonly List<HostBlock> _blocks = [];
    private readonly Stack<HostBlock> _cache = new();
    private int _liveOutputs;

    public TensorSpec Input { get; } = new(ElementType.UInt8, itemBytes);

    public TensorSpec Output => Input;

    public long ParameterBytes => 0;

    /// <summary>Outputs that were computed and not released.</summary>
    public int LiveOutputs => Volatile.Read(ref _liveOutputs);

    public IDeviceMemory CreateInput(int batchSize) => new Memory(this, Take((long)itemBytes * batchSize), null);

    public IDeviceMemory Run(IDeviceMemory input, int count)
    {
        Interlocked.Increment(ref _liveOutputs);
        var output = new Memory(this, Take(input.Bytes), () => Interlocked.Decrement(ref _liveOutputs));
        var (source, destination) = (input.Address, output.Address);
        if (compute is null)
        {
            Invert(source, destination, count * itemBytes);
        }
        else
        {
            compute.Enqueue(() =>
            {
                Thread.Sleep(computeTime);
                Invert(source, destination, count * itemBytes);
            });
        }

        return output;
    }

    public void Dispose()
    {
        lock (_cache)
        {
            _cache.Clear();
            _blocks.ForEach(block => block.Dispose());
            _blocks.Clear();
        }
    }

    private static void Invert(nint source, nint destination, int bytes)
    {
        for (var i = 0; i < bytes; i++)
        {
            ((byte*)destination)[i] = (byte)~((byte*)source)[i];
        }
    }

    private HostBlock Take(long bytes)
    {
        lock (_cache)
        {
            if (_cache.TryPeek(out var cached) && cached.Bytes == bytes)
            {
                return _cache.Pop();
            }

            var block = HostBlock.Allocate(bytes, HostMemoryKind.Pageable);
            _blocks.Add(block);
            return block;
        }
    }

    private void GiveBack(HostBlock block)
    {
        block.Span(0, (int)block.Bytes).Fill(Released);
        lock (_cache)
        {
            _cache.Push(block);
        }
    }

    private sealed class Memory(XorSession session, HostBlock block, Action? released) : IDeviceMemory
    {
        private int _disposed;

        // A raw address, as a device pointer is: it knows nothing of the memory's end.
        public nint Address { get; } = block.Address;

        public long Bytes { get; } = block.Bytes;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                released?.Invoke();
                session.GiveBack(block);
            }
        }
    }
}

/// <summary>Fills each item's input with a pattern of its own.</summary>
internal sealed class PatternLoader(FaultPlan? plan = null, WorkJournal? journal = null) : PlannedLoader(plan, journal)
{
    public static byte At(long number, int index) => (byte)((number * 131) + (index * 7) + (index >> 8));

    protected override void Fill(long number, Span<byte> slot)
    {
        for (var i = 0; i < slot.Length; i++)
        {
            slot[i] = At(number, i);
        }
    }
}

/// <summary>Checks every byte of each item's output.</summary>
internal sealed class PatternChecker(FaultPlan? plan = null, TimeSpan processing = default, WorkJournal? journal = null)
    : PlannedChecker(plan, journal, processing)
{
    protected override bool IsRight(long number, ReadOnlySpan<byte> output)
    {
        for (var i = 0; i < output.Length; i++)
        {
            if (output[i] != (byte)~PatternLoader.At(number, i))
            {
                return false;
            }
        }

        return true;
    }
}

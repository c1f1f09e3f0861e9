using Egress.Buffers;
using Egress.Devices;
using Egress.Devices.Cpu;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>
/// A model on the CPU without libtorch: it inverts every byte. Released outputs are overwritten before they are freed, and a freed
/// output is reused by the next run, so that a copy from a released tensor arrives wrong.
/// </summary>
internal sealed unsafe class XorSession(CpuDevice device, int itemBytes) : IInferenceSession
{
    private readonly Stack<HostBlock> _cache = new();
    private int _live;

    public TensorSpec Input { get; } = new(ElementType.UInt8, itemBytes);

    public TensorSpec Output => Input;

    public long ParameterBytes => 0;

    public int LiveOutputs => Volatile.Read(ref _live);

    public IDeviceMemory CreateInput(int batchSize) => new Memory(this, HostBlock.Allocate((long)itemBytes * batchSize, HostMemoryKind.Pageable), false);

    public IDeviceMemory Run(IDeviceMemory input, int count)
    {
        Assert.Equal(DeviceKind.Cpu, device.Kind);
        HostBlock? block;
        lock (_cache)
        {
            if (!_cache.TryPop(out block))
            {
                block = HostBlock.Allocate(input.Bytes, HostMemoryKind.Pageable);
            }
        }

        var output = new Memory(this, block, true);
        var source = new ReadOnlySpan<byte>((void*)input.Address, count * itemBytes);
        var destination = block.Span(0, count * itemBytes);
        for (var i = 0; i < source.Length; i++)
        {
            destination[i] = (byte)~source[i];
        }

        return output;
    }

    public void Dispose()
    {
        lock (_cache)
        {
            while (_cache.TryPop(out var block))
            {
                block.Dispose();
            }
        }
    }

    private sealed class Memory : IDeviceMemory
    {
        private readonly XorSession _session;
        private readonly bool _isOutput;
        private HostBlock? _block;

        public Memory(XorSession session, HostBlock block, bool isOutput)
        {
            _session = session;
            _block = block;
            _isOutput = isOutput;
            if (isOutput)
            {
                Interlocked.Increment(ref session._live);
            }
        }

        public nint Address => _block!.Address;

        public long Bytes => _block!.Bytes;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _block, null) is not { } block)
            {
                return;
            }

            if (!_isOutput)
            {
                block.Dispose();
                return;
            }

            Interlocked.Decrement(ref _session._live);
            block.Span(0, (int)block.Bytes).Fill(0xEE);
            lock (_session._cache)
            {
                _session._cache.Push(block);
            }
        }
    }
}

/// <summary>Fills each item's input with a pattern of its own.</summary>
internal sealed class PatternLoader : IItemLoader<MarkedItem>
{
    public static byte At(long number, int index) => (byte)((number * 131) + (index * 7) + (index >> 8));

    public void Load(MarkedItem item, Span<byte> slot, CancellationToken cancellationToken)
    {
        for (var i = 0; i < slot.Length; i++)
        {
            slot[i] = At(item.Number, i);
        }
    }
}

/// <summary>Checks every byte of each item's output.</summary>
internal sealed class PatternChecker : IOutputProcessor<MarkedItem, bool>
{
    public void Process(OutputBatch<MarkedItem, bool> batch, CancellationToken cancellationToken)
    {
        for (var slot = 0; slot < batch.Count; slot++)
        {
            var output = batch.Output(slot);
            var right = true;
            for (var i = 0; i < output.Length; i++)
            {
                right &= output[i] == (byte)~PatternLoader.At(batch.Item(slot).Number, i);
            }

            batch.Complete(slot, right);
        }
    }
}

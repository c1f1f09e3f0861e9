using System.Runtime.InteropServices;
using Egress.Buffers;
using Egress.Devices;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Measurement;

/// <summary>
/// Compares what workers receive with a plain synchronous copy of the same output, taken before the strategy's own copy is started.
/// Both sides are reduced to a checksum; every copy has to find its twin.
/// </summary>
internal sealed class CopyVerifier
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, int> _expected = [];
    private int _received;
    private int _unexpected;

    /// <summary>Whether all outputs were received with the right bytes, each once.</summary>
    public bool IsVerified
    {
        get
        {
            lock (_lock)
            {
                return _received > 0 && _unexpected == 0 && _expected.Count == 0;
            }
        }
    }

    /// <summary>A lane whose outputs are also copied plainly.</summary>
    public PipelineLane Watch(PipelineLane lane) => lane with { Session = new WatchedSession(lane, this) };

    /// <summary>A processor that takes each output's checksum before it processes it.</summary>
    public IOutputProcessor<TItem, TResult> Watch<TItem, TResult>(IOutputProcessor<TItem, TResult> processor) =>
        new WatchedProcessor<TItem, TResult>(processor, this);

    /// <summary>A checksum of one item's output: every byte counts, and so does its place.</summary>
    internal static ulong Checksum(ReadOnlySpan<byte> output)
    {
        var sum = (ulong)output.Length;
        var words = MemoryMarshal.Cast<byte, ulong>(output);
        foreach (var word in words)
        {
            sum = (ulong.RotateLeft(sum, 23) ^ word) * 0x9E37_79B9_7F4A_7C15;
        }

        foreach (var value in output[(words.Length * sizeof(ulong))..])
        {
            sum = (ulong.RotateLeft(sum, 23) ^ value) * 0x9E37_79B9_7F4A_7C15;
        }

        return sum;
    }

    private void Expect(ulong checksum)
    {
        lock (_lock)
        {
            _expected[checksum] = _expected.GetValueOrDefault(checksum) + 1;
        }
    }

    private void Receive(ulong checksum)
    {
        lock (_lock)
        {
            _received++;
            switch (_expected.GetValueOrDefault(checksum))
            {
                case 0:
                    _unexpected++;
                    break;
                case 1:
                    _expected.Remove(checksum);
                    break;
                default:
                    _expected[checksum]--;
                    break;
            }
        }
    }

    private sealed class WatchedSession(PipelineLane lane, CopyVerifier verifier) : IInferenceSession
    {
        private HostBlock? _copy;

        public TensorSpec Input => lane.Session.Input;

        public TensorSpec Output => lane.Session.Output;

        public long ParameterBytes => lane.Session.ParameterBytes;

        public IDeviceMemory CreateInput(int batchSize)
        {
            _copy ??= HostBlock.Allocate(Output.Bytes * batchSize, HostMemoryKind.Pageable);
            return lane.Session.CreateInput(batchSize);
        }

        public int MeasureExtent(HostBlock input, int count) => lane.Session.MeasureExtent(input, count);

        public long OutputBytes(int extent) => lane.Session.OutputBytes(extent);

        public IDeviceMemory Run(IDeviceMemory input, int count) => Run(input, count, 0);

        public IDeviceMemory Run(IDeviceMemory input, int count, int extent)
        {
            var output = lane.Session.Run(input, count, extent);
            var itemBytes = OutputBytes(extent);
            var bytes = itemBytes * count;
            lane.Device.ComputeStream.CopyToHost(_copy!, output, bytes);
            lane.Device.ComputeStream.Synchronize();
            for (var slot = 0; slot < count; slot++)
            {
                verifier.Expect(Checksum(_copy!.Span(slot * itemBytes, checked((int)itemBytes))));
            }

            return output;
        }

        /// <summary>Gives back only what is its own: the watched session goes on.</summary>
        public void Dispose() => _copy?.Dispose();
    }

    private sealed class WatchedProcessor<TItem, TResult>(IOutputProcessor<TItem, TResult> inner, CopyVerifier verifier)
        : IOutputProcessor<TItem, TResult>
    {
        public void Process(OutputBatch<TItem, TResult> batch, CancellationToken cancellationToken)
        {
            for (var slot = 0; slot < batch.Count; slot++)
            {
                verifier.Receive(Checksum(batch.Output(slot)));
            }

            inner.Process(batch, cancellationToken);
        }
    }
}

using System.Runtime.InteropServices;
using Egress.Backend.Tensors;
using Egress.Devices;
using Egress.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Egress.Backend.Tests.DataPath;

/// <summary>
/// A computation on the GPU whose output is known and whose checksum is taken on the GPU too, by kernels on the compute stream:
/// no copy of the output is part of it, and nothing waits for it, so that it neither hides nor heals a mistake in the copies.
/// An item is a number; its output is a ramp of 64-bit words that begins with a multiple of that number.
/// </summary>
internal sealed class ChecksummedSession : IInferenceSession
{
    private const long Factor = 0x1E37_79B9_7F4A_7C15;
    private const long Slope = 0x0001_0000_0003_0005;
    private const int DelaySide = 3072;

    private readonly IDevice _device;
    private readonly Func<int> _delay;
    private readonly List<(Tensor Numbers, Tensor Sums)> _computed = [];
    private readonly Tensor _places;
    private readonly Tensor _factor;
    private readonly Tensor _ramp;
    private readonly Tensor _weights;
    private readonly Tensor _busy;

    /// <param name="device">A CUDA device.</param>
    /// <param name="words">64-bit words of an item's output.</param>
    /// <param name="delay">How many multiplications of large matrices a batch's computation begins with.</param>
    public ChecksummedSession(IDevice device, int words, Func<int> delay)
    {
        _device = device;
        _delay = delay;
        Output = new TensorSpec(ElementType.UInt8, words * sizeof(long));
        using var scope = NewDisposeScope();
        _places = OnDevice(tensor(Enumerable.Range(0, sizeof(long)).Select(place => 1L << (8 * place)).ToArray()));
        _factor = OnDevice(tensor(new[] { Factor }));
        _ramp = OnDevice(tensor(Enumerable.Range(0, words).Select(place => place * Slope).ToArray()));
        _weights = OnDevice(tensor(Enumerable.Range(0, words).Select(Weight).ToArray()));
        _busy = OnDevice(ones(DelaySide, DelaySide));
    }

    /// <inheritdoc/>
    public TensorSpec Input { get; } = new(ElementType.UInt8, sizeof(long));

    /// <inheritdoc/>
    public TensorSpec Output { get; }

    /// <inheritdoc/>
    public long ParameterBytes => 0;

    /// <summary>The word that an item's output begins with.</summary>
    public static long FirstWord(long number) => unchecked(number * Factor);

    /// <summary>The checksum, as the GPU takes it: every word counts, and so does its place.</summary>
    public static long Checksum(ReadOnlySpan<byte> output)
    {
        var words = MemoryMarshal.Cast<byte, long>(output);
        var sum = 0L;
        for (var place = 0; place < words.Length; place++)
        {
            sum = unchecked(sum + (words[place] * Weight(place)));
        }

        return sum;
    }

    /// <inheritdoc/>
    public IDeviceMemory CreateInput(int batchSize) =>
        new TensorMemory(zeros([batchSize, sizeof(long)], ScalarType.Byte, _places.device));

    /// <inheritdoc/>
    public IDeviceMemory Run(IDeviceMemory input, int count)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        for (var i = _delay(); i > 0; i--)
        {
            _busy.matmul(_busy);
        }

        var numbers = ((TensorMemory)input).Tensor.narrow(0, 0, count).to(ScalarType.Int64).mul(_places).sum(1);
        var output = numbers.reshape(-1, 1).mul(_factor).add(_ramp, Scalars.One);
        var sums = output.mul(_weights).sum(1);
        _computed.Add((numbers.DetachFromDisposeScope(), sums.DetachFromDisposeScope()));
        return new TensorMemory(output);
    }

    /// <summary>What the GPU computed: each item's number as it was there, and its output's checksum.</summary>
    public IEnumerable<(long Number, long Checksum)> Computed()
    {
        _device.BindThread();
        foreach (var (numbers, sums) in _computed)
        {
            using var numbersHere = numbers.cpu();
            using var sumsHere = sums.cpu();
            foreach (var pair in numbersHere.data<long>().ToArray().Zip(sumsHere.data<long>().ToArray()))
            {
                yield return pair;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _device.Synchronize();
        _computed.ForEach(batch =>
        {
            batch.Numbers.Dispose();
            batch.Sums.Dispose();
        });
        foreach (var tensor in new[] { _places, _factor, _ramp, _weights, _busy })
        {
            tensor.Dispose();
        }
    }

    /// <summary>Odd, so that no bit of a word is lost.</summary>
    private static long Weight(int place) => (2L * place) + 1;

    private Tensor OnDevice(Tensor tensor) =>
        tensor.to(new Device(DeviceType.CUDA, DeviceSpec.Parse(_device.Name).Ordinal)).DetachFromDisposeScope();
}

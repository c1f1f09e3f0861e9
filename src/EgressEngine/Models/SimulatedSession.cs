using Egress.Devices;
using Egress.Devices.Simulated;

namespace Egress.Models;

/// <summary>
/// A model on a <see cref="SimulatedDevice"/>: it takes the device's compute time and hands each item's mark on. An item needs at
/// least 16 bytes of output and 8 of input to carry its mark.
/// </summary>
public sealed class SimulatedSession : IInferenceSession
{
    private const int MarkBytes = sizeof(ulong);
    private readonly SimulatedDevice _device;

    /// <param name="device">The device.</param>
    /// <param name="input">One item as the loader writes it.</param>
    /// <param name="output">One item as it leaves the device.</param>
    public SimulatedSession(SimulatedDevice device, TensorSpec input, TensorSpec output)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfLessThan(input.Bytes, MarkBytes, nameof(input));
        ArgumentOutOfRangeException.ThrowIfLessThan(output.Bytes, 2 * MarkBytes, nameof(output));
        _device = device;
        Input = input;
        Output = output;
    }

    /// <inheritdoc/>
    public TensorSpec Input { get; }

    /// <inheritdoc/>
    public TensorSpec Output { get; }

    /// <inheritdoc/>
    public long ParameterBytes => 0;

    /// <summary>What the model makes of an item's mark: never the mark itself, so that a skipped computation shows.</summary>
    public static ulong Transform(ulong mark) => (mark ^ 0x9E37_79B9_7F4A_7C15) * 0xBF58_476D_1CE4_E5B9;

    /// <inheritdoc/>
    public IDeviceMemory CreateInput(int batchSize) => new SimulatedMemory(Input.Bytes * batchSize, batchSize);

    /// <inheritdoc/>
    public IDeviceMemory Run(IDeviceMemory input, int count)
    {
        var source = (SimulatedMemory)input;
        _device.ThrowUnlessFits(count);
        var output = new SimulatedMemory(Output.Bytes * count, count);
        _device.Compute.Enqueue(_device.Timing.ComputeTime(count), () =>
        {
            if (!output.IsDisposed)
            {
                for (var item = 0; item < count; item++)
                {
                    output.Marks[item] = Transform(source.Marks[item]);
                }
            }
        });
        return output;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

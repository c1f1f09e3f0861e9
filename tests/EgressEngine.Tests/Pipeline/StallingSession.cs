using System.Diagnostics;
using Egress.Devices;
using Egress.Devices.Simulated;
using Egress.Models;

namespace Egress.Tests.Pipeline;

/// <summary>
/// A model whose device stands idle for a while before one batch: everything before that has ended, then nothing is enqueued for
/// the length of the stall. The clock is looked at on both sides, so that the gap is known and not merely hoped for.
/// </summary>
internal sealed class StallingSession(IInferenceSession inner, IDevice device, int stallAt, TimeSpan stall) : IInferenceSession
{
    private int _runs;

    /// <summary>
    /// When the device became idle, in <see cref="Stopwatch"/> ticks: exact on the simulated device, elsewhere when that was noticed.
    /// </summary>
    public long IdleTicks { get; private set; }

    /// <summary>The moment before it got work again.</summary>
    public long BeforeRunTicks { get; private set; }

    /// <summary>The moment after it had got work again.</summary>
    public long AfterRunTicks { get; private set; }

    public TensorSpec Input => inner.Input;

    public TensorSpec Output => inner.Output;

    public long ParameterBytes => inner.ParameterBytes;

    public IDeviceMemory CreateInput(int batchSize) => inner.CreateInput(batchSize);

    public IDeviceMemory Run(IDeviceMemory input, int count)
    {
        if (_runs++ != stallAt)
        {
            return inner.Run(input, count);
        }

        using (var idle = device.ComputeStream.Record())
        {
            idle.Synchronize();
            IdleTicks = (idle as SimulatedEvent)?.Time ?? Stopwatch.GetTimestamp();
        }

        while (Stopwatch.GetElapsedTime(IdleTicks) < stall)
        {
            Thread.Sleep(1);
        }

        BeforeRunTicks = Stopwatch.GetTimestamp();
        var output = inner.Run(input, count);
        AfterRunTicks = Stopwatch.GetTimestamp();
        return output;
    }

    public void Dispose() => inner.Dispose();
}

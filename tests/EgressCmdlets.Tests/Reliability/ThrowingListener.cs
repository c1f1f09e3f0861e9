using System.Diagnostics.Metrics;

namespace Egress.Cmdlets.Tests.Reliability;

/// <summary>
/// Makes a stage throw: a listener of the engine's metrics that fails on the thread which reports. Scripts in child processes load
/// this assembly and call it by name.
/// </summary>
public static class ThrowingListener
{
    /// <summary>Throws from the next report of a stage's time on, until what it gives is disposed.</summary>
    public static MeterListener Start()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == "egress.stage.duration")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => throw new InvalidOperationException("This stage throws."));
        listener.Start();
        return listener;
    }
}

namespace Egress.Devices;

/// <summary>
/// A stretch of a stream's work and when the device did it. It is begun before the work is enqueued and ended after; its times are
/// there once an event that was recorded after the end has fired. On a GPU it begins when the stream gets to it, so what the host
/// needs from there to the first kernel's launch belongs to it.
/// </summary>
internal interface IDeviceSpan : IDisposable
{
    /// <summary>When the work began, in <see cref="System.Diagnostics.Stopwatch"/> ticks.</summary>
    long StartTicks { get; }

    /// <summary>When it ended.</summary>
    long EndTicks { get; }

    /// <summary>What is enqueued from now on does not belong to it.</summary>
    void End();
}

/// <summary>A stream that can tell when its work was done. Only timelines ask for it, because it costs something.</summary>
internal interface ITimedStream
{
    /// <summary>Begins a span, after the one before it was ended. The caller disposes it.</summary>
    IDeviceSpan BeginSpan();
}

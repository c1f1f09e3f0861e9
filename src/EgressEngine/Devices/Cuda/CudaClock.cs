using System.Diagnostics;

namespace Egress.Devices.Cuda;

/// <summary>
/// Puts a device's events on the host's time axis. CUDA tells the time between two events only, and the device's clock does not run
/// quite as the host's does, so a known point, the anchor, is set anew again and again: an event on a stream that is always idle,
/// between two looks at the host's clock.
/// </summary>
internal sealed class CudaClock : IDisposable
{
    /// <summary>
    /// How long an anchor serves. Clocks that differ by 50 millionths are some ten microseconds apart by then, as many as an anchor
    /// is uncertain by.
    /// </summary>
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMilliseconds(250);

    private const int Attempts = 5;

    private readonly Lock _lock = new();
    private readonly CudaEventPool _timedEvents;
    private readonly CudaStreamHandle _idle;
    private Anchor? _anchor;
    private bool _disposed;

    /// <param name="cuda">The runtime; the clock's device is the calling thread's current one.</param>
    /// <param name="timedEvents">Where events that carry a time come from.</param>
    public CudaClock(CudaRuntime cuda, CudaEventPool timedEvents)
    {
        _timedEvents = timedEvents;
        _idle = CudaStreamHandle.Create(cuda);
    }

    /// <summary>An anchor near now. The caller releases it.</summary>
    public Anchor Take()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_anchor is null || Stopwatch.GetElapsedTime(_anchor.Ticks) > s_lifetime)
            {
                var next = Set();
                _anchor?.Release();
                _anchor = next;
            }

            return _anchor.Use();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _disposed = true;
                _anchor?.Release();
                _idle.Dispose();
            }
        }
    }

    /// <summary>Sets an anchor: of some attempts the one that the host had closest in view.</summary>
    private Anchor Set()
    {
        CudaEvent? best = null;
        long bestTicks = 0, bestDoubt = long.MaxValue;
        try
        {
            for (var i = 0; i < Attempts; i++)
            {
                var before = Stopwatch.GetTimestamp();
                var reached = _timedEvents.Record(_idle);
                try
                {
                    // It fires within microseconds, and a thread that slept would wake too late to know when.
                    while (!reached.HasFired)
                    {
                    }

                    var doubt = Stopwatch.GetTimestamp() - before;
                    if (doubt < bestDoubt)
                    {
                        (best, reached) = (reached, best);
                        (bestTicks, bestDoubt) = (before + (doubt / 2), doubt);
                    }
                }
                finally
                {
                    reached?.Dispose();
                }
            }
        }
        catch
        {
            best?.Dispose();
            throw;
        }

        return new Anchor(best!, bestTicks);
    }

    /// <summary>An event that has fired, and when that was on the host's clock. It is given back when its last user releases it.</summary>
    internal sealed class Anchor(CudaEvent reached, long ticks)
    {
        private int _users = 1;

        /// <summary>When it fired, in <see cref="Stopwatch"/> ticks.</summary>
        public long Ticks => ticks;

        /// <summary>When another timed event of the device has fired, in <see cref="Stopwatch"/> ticks.</summary>
        public long TicksOf(CudaEvent other) =>
            ticks + (long)(other.MillisecondsSince(reached) * Stopwatch.Frequency / 1000);

        /// <summary>Adds a user.</summary>
        public Anchor Use()
        {
            Interlocked.Increment(ref _users);
            return this;
        }

        /// <summary>A user needs it no more.</summary>
        public void Release()
        {
            if (Interlocked.Decrement(ref _users) == 0)
            {
                reached.Dispose();
            }
        }
    }
}

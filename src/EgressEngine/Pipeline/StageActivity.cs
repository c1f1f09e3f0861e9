using System.Diagnostics;

namespace Egress.Pipeline;

/// <summary>
/// What a stage's thread is at, for the watchdog: a piece of work and since when, or nothing while it waits for other stages. A
/// thread that waits is never the one that stalls; the one that it waits for is.
/// </summary>
internal sealed class StageActivity(string stage)
{
    [ThreadStatic]
    private static StageActivity? t_current;

    private long _since;
    private long _batch = -1;

    /// <summary>The stage.</summary>
    public string Stage { get; } = stage;

    /// <summary>The calling thread is this stage's.</summary>
    public void Bind() => t_current = this;

    /// <summary>The calling stage works on a batch until the scope ends.</summary>
    public static Scope Work(long batch) => new(t_current, Stopwatch.GetTimestamp(), batch);

    /// <summary>The calling stage waits for another until the scope ends, though it is amid some work.</summary>
    public static Scope Wait() => new(t_current, 0, -1);

    /// <summary>The work under way; false where there is none.</summary>
    /// <param name="since">Since when, in <see cref="Stopwatch"/> ticks; different for different pieces of work.</param>
    /// <param name="batch">On which batch.</param>
    public bool TryGetWork(out long since, out long batch)
    {
        batch = Volatile.Read(ref _batch);
        since = Volatile.Read(ref _since);
        return since != 0;
    }

    /// <summary>A piece of work or a wait; ended, what was before goes on, its time counted anew.</summary>
    internal readonly struct Scope : IDisposable
    {
        private readonly StageActivity? _activity;
        private readonly bool _wasWorking;
        private readonly long _batchBefore;

        public Scope(StageActivity? activity, long since, long batch)
        {
            _activity = activity;
            if (activity is not null)
            {
                _wasWorking = activity._since != 0;
                _batchBefore = activity._batch;
                Volatile.Write(ref activity._batch, batch);
                Volatile.Write(ref activity._since, since);
            }
        }

        public void Dispose()
        {
            if (_activity is not null)
            {
                Volatile.Write(ref _activity._batch, _batchBefore);
                Volatile.Write(ref _activity._since, _wasWorking ? Stopwatch.GetTimestamp() : 0);
            }
        }
    }
}

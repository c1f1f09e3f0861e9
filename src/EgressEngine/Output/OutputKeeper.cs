using Egress.Runtime;

namespace Egress.Output;

/// <summary>
/// Does something every few seconds on a thread of its own, and something last when it is stopped. A failure is kept. Whoever stops
/// it need not wait for ever: a file system that hangs lets no call return.
/// </summary>
internal sealed class OutputKeeper
{
    private readonly object _lock = new();
    private readonly Thread _thread;
    private readonly TimeSpan _interval;
    private readonly Action _action;
    private volatile EgressException? _failure;
    private Action? _last;
    private bool _stopped;

    public OutputKeeper(TimeSpan interval, Action action)
    {
        _interval = interval;
        _action = action;
        _thread = new Thread(Run) { IsBackground = true, Name = "Egress journal keeper" };
        ProcessLimit.Start(_thread);
    }

    /// <summary>Throws where an action has failed.</summary>
    public void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            throw new EgressException(failure.ErrorId, failure.Category, failure.Message, failure.Advice, failure.Target, failure);
        }
    }

    /// <summary>Ends the thread. Later calls only wait for it.</summary>
    /// <param name="last">What it does last, unless it has failed before.</param>
    /// <param name="timeout">How long to wait for it, or null.</param>
    /// <returns>Whether it has ended.</returns>
    public bool Stop(Action last, TimeSpan? timeout)
    {
        lock (_lock)
        {
            if (!_stopped)
            {
                _stopped = true;
                _last = last;
                Monitor.PulseAll(_lock);
            }
        }

        return _thread.Join(timeout ?? Timeout.InfiniteTimeSpan);
    }

    private void Run()
    {
        while (WaitForTurn())
        {
            Attempt(_action);
        }

        Attempt(_last!);
    }

    private void Attempt(Action action)
    {
        try
        {
            if (_failure is null)
            {
                action();
            }
        }
        catch (EgressException error)
        {
            _failure = error;
        }
    }

    private bool WaitForTurn()
    {
        var end = Environment.TickCount64 + (long)_interval.TotalMilliseconds;
        lock (_lock)
        {
            while (!_stopped && end - Environment.TickCount64 is var left and > 0)
            {
                Monitor.Wait(_lock, (int)Math.Min(left, int.MaxValue));
            }

            return !_stopped;
        }
    }
}

namespace Egress.Output;

/// <summary>Does something every few seconds on a thread of its own, until it is stopped or it fails. A failure is kept.</summary>
internal sealed class OutputKeeper
{
    private readonly object _lock = new();
    private readonly Thread _thread;
    private readonly TimeSpan _interval;
    private readonly Action _action;
    private volatile EgressException? _failure;
    private bool _stopped;

    public OutputKeeper(TimeSpan interval, Action action)
    {
        _interval = interval;
        _action = action;
        _thread = new Thread(Run) { IsBackground = true, Name = "Egress journal keeper" };
        _thread.Start();
    }

    /// <summary>Throws where the action has failed.</summary>
    public void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            throw new EgressException(failure.ErrorId, failure.Category, failure.Message, failure.Advice, failure.Target, failure);
        }
    }

    /// <summary>Ends the thread and waits for it.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            Monitor.PulseAll(_lock);
        }

        _thread.Join();
    }

    private void Run()
    {
        while (WaitForTurn())
        {
            try
            {
                _action();
            }
            catch (EgressException error)
            {
                _failure = error;
                return;
            }
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

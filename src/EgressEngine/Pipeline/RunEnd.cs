namespace Egress.Pipeline;

/// <summary>How a run's threads and whoever disposes it agree on who gives everything back.</summary>
internal sealed class RunEnd
{
    private readonly object _lock = new();
    private bool _ended;
    private bool _abandoned;
    private bool _releaseLeft;

    /// <summary>Whether the run was let go before its threads had ended.</summary>
    public bool IsAbandoned
    {
        get
        {
            lock (_lock)
            {
                return _abandoned;
            }
        }
    }

    /// <summary>The threads have ended. True: giving back was left to them.</summary>
    public bool End()
    {
        lock (_lock)
        {
            _ended = true;
            Monitor.PulseAll(_lock);
            return _releaseLeft;
        }
    }

    /// <summary>The threads do not end; whoever waits goes on. False: they have ended after all.</summary>
    public bool Abandon()
    {
        lock (_lock)
        {
            if (_ended)
            {
                return false;
            }

            _abandoned = true;
            Monitor.PulseAll(_lock);
            return true;
        }
    }

    /// <summary>Waits until the threads have ended or are given up.</summary>
    public void Wait()
    {
        lock (_lock)
        {
            while (!_ended && !_abandoned)
            {
                Monitor.Wait(_lock);
            }
        }
    }

    /// <summary>Leaves giving back to threads that have not ended. False: they have, and the caller does it.</summary>
    public bool TryLeaveRelease()
    {
        lock (_lock)
        {
            _releaseLeft = !_ended;
            return _releaseLeft;
        }
    }
}

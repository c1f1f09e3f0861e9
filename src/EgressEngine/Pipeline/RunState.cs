namespace Egress.Pipeline;

/// <summary>
/// Why a run ends: nothing yet, the first fault of any stage, or a cancel. Whatever it is cancels the token that every wait of
/// every stage watches, so that no stage outlives another for long.
/// </summary>
internal sealed class RunState : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Exception? _fault;
    private bool _disposed;

    /// <summary>Cancelled when the run ends early.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Whether the run ends early.</summary>
    public bool IsStopping => _stop.IsCancellationRequested;

    /// <summary>The first fault, or null.</summary>
    public Exception? Reason
    {
        get
        {
            lock (_lock)
            {
                return _fault;
            }
        }
    }

    /// <summary>The stage that the first fault came from, or null.</summary>
    public string? FaultedStage { get; private set; }

    /// <summary>Ends the run because of a fault; faults after the first are its consequences and change nothing.</summary>
    public void Fault(string stage, Exception error)
    {
        lock (_lock)
        {
            if (_fault is null && !IsStopping)
            {
                _fault = error;
                FaultedStage = stage;
            }
        }

        Cancel();
    }

    /// <summary>Ends the run because the caller wants it.</summary>
    public void Cancel()
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _stop.Cancel();
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _stop.Dispose();
        }
    }
}

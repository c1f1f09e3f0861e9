using System.Diagnostics.CodeAnalysis;

namespace Egress.Pipeline;

/// <summary>
/// Why a run ends: nothing yet, the first fault of any stage, or a cancel. Whatever it is cancels the token that every wait of
/// every stage watches, so that no stage outlives another for long.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing, and a cancel may come as late as it likes.")]
internal sealed class RunState
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Exception? _fault;
    private string? _faultedStage;
    private bool _stopped;
    private bool _ended;

    /// <summary>Cancelled when the run ends early.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Whether the run ends early. It can turn true as long as the run has not ended.</summary>
    public bool IsStopping => _stop.IsCancellationRequested;

    /// <summary>Why the run ended early: whether it did, the first fault and the stage that it came from, or null where it was cancelled.</summary>
    public (bool Stopped, Exception? Fault, string? Stage) Reason
    {
        get
        {
            lock (_lock)
            {
                return (_stopped, _fault, _faultedStage);
            }
        }
    }

    /// <summary>Ends the run because of a fault; faults after the first are its consequences and change nothing.</summary>
    public void Fault(string stage, Exception error) => Stop(stage, error);

    /// <summary>Ends the run because the caller wants it.</summary>
    public void Cancel() => Stop(null, null);

    /// <summary>The run has ended: a cancel that comes now is too late to be the reason.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended = true;
        }
    }

    private void Stop(string? stage, Exception? error)
    {
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            if (!_stopped)
            {
                _stopped = true;
                _fault = error;
                _faultedStage = stage;
            }
        }

        // Not under the lock: this runs what loaders and processors have registered with the token.
        try
        {
            _stop.Cancel();
        }
        catch (AggregateException)
        {
            // One of their callbacks failed. All have been called, the run stops, and its reason stays the first one.
        }
    }
}

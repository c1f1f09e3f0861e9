using System.Collections.Concurrent;
using System.Diagnostics;
using Egress.Runtime;

namespace Egress.Pipeline;

/// <summary>
/// Sees to it that a run never hangs without a word: it reports a stage that does not come on, ends the run where that lasts too
/// long, and gives up waiting for stages that do not end when the run does, because a call into a device, a library or a file
/// system does not return.
/// </summary>
internal sealed class Watchdog
{
    private readonly Lock _lock = new();
    private readonly object _wakeUp = new();
    private readonly PipelineOptions _options;
    private readonly RunState _state;
    private readonly Func<IReadOnlyList<StageActivity>> _stages;
    private readonly Func<bool> _isIdle;
    private readonly Func<string> _describe;
    private readonly Action _abandon;
    private readonly Thread _thread;
    private readonly ConcurrentQueue<StageStall> _reports = new();
    private readonly Dictionary<StageActivity, (long Since, TimeSpan Next)> _warned = [];
    private long _nobodySince;
    private TimeSpan _nextNobody;
    private long _stoppingSince;
    private bool _ended;

    /// <param name="options">The run's options.</param>
    /// <param name="state">The run.</param>
    /// <param name="stages">Gives the stages' threads.</param>
    /// <param name="isIdle">Tells whether the run waits for its caller, for items or for outcomes to be taken, so that stages may rest.</param>
    /// <param name="describe">Tells where everything is.</param>
    /// <param name="abandon">Lets the caller go although stages have not ended.</param>
    public Watchdog(
        PipelineOptions options, RunState state, Func<IReadOnlyList<StageActivity>> stages, Func<bool> isIdle, Func<string> describe,
        Action abandon)
    {
        _options = options;
        _state = state;
        _stages = stages;
        _isIdle = isIdle;
        _describe = describe;
        _abandon = abandon;
        _thread = new Thread(Run) { IsBackground = true, Name = "Egress watchdog" };
    }

    public void Start() => ProcessLimit.Start(_thread);

    /// <summary>The run has ended: there is nothing to watch any more.</summary>
    public void End()
    {
        lock (_wakeUp)
        {
            _ended = true;
            Monitor.PulseAll(_wakeUp);
        }
    }

    /// <summary>Waits for the thread, after <see cref="End"/>.</summary>
    public void Join()
    {
        if (!_thread.ThreadState.HasFlag(System.Threading.ThreadState.Unstarted))
        {
            _thread.Join();
        }
    }

    /// <summary>Takes the next report.</summary>
    public bool TryTake(out StageStall? stall) => _reports.TryDequeue(out stall);

    private TimeSpan Warning => _options.StallTimeout is { } timeout && timeout / 2 < _options.StallWarning ? timeout / 2 : _options.StallWarning;

    private void Run()
    {
        while (WaitForTurn())
        {
            lock (_lock)
            {
                if (_state.IsStopping)
                {
                    if (HasWaitedForEnd())
                    {
                        _abandon();
                        return;
                    }
                }
                else
                {
                    Look();
                }
            }
        }
    }

    private bool WaitForTurn()
    {
        var smallest = Warning < _options.EndTimeout ? Warning : _options.EndTimeout;
        var turn = Math.Clamp(smallest.TotalMilliseconds / 8, 5, 500);
        lock (_wakeUp)
        {
            return !_ended && (!Monitor.Wait(_wakeUp, (int)turn) || !_ended);
        }
    }

    private void Look()
    {
        var anyWorks = false;
        foreach (var stage in _stages())
        {
            if (!stage.TryGetWork(out var since, out var batch))
            {
                _warned.Remove(stage);
                continue;
            }

            anyWorks = true;
            var duration = Stopwatch.GetElapsedTime(since);
            var next = _warned.TryGetValue(stage, out var warned) && warned.Since == since ? warned.Next : Warning;
            if (Report(stage.Stage, batch, duration, ref next))
            {
                _warned[stage] = (since, next);
            }
        }

        if (anyWorks || _isIdle())
        {
            _nobodySince = 0;
            return;
        }

        if (_nobodySince == 0)
        {
            _nobodySince = Stopwatch.GetTimestamp();
            _nextNobody = Warning;
        }

        Report("pipeline", -1, Stopwatch.GetElapsedTime(_nobodySince), ref _nextNobody);
    }

    /// <summary>Warns at the warning time and at its doubles; at the timeout it ends the run.</summary>
    private bool Report(string stage, long batch, TimeSpan duration, ref TimeSpan next)
    {
        if (duration < next)
        {
            return false;
        }

        next = duration * 2;
        if (_options.StallTimeout is { } timeout && next > timeout)
        {
            next = duration < timeout ? timeout : next;
        }

        var stall = new StageStall(stage, batch, duration, _describe());
        _reports.Enqueue(stall);
        if (duration >= _options.StallTimeout)
        {
            _state.Fault(stage, new EgressException(
                EgressErrorId.StageStalled,
                EgressErrorCategory.ResourceUnavailable,
                stall.ToString(),
                "See whether the device, the inputs' or the destination's file system hangs. Where work takes that long, raise -StallTimeout "
                + "or lower -BatchSize. Outputs that are committed are kept.",
                stage));
        }

        return true;
    }

    private bool HasWaitedForEnd()
    {
        _stoppingSince = _stoppingSince == 0 ? Stopwatch.GetTimestamp() : _stoppingSince;
        return Stopwatch.GetElapsedTime(_stoppingSince) > _options.EndTimeout;
    }
}

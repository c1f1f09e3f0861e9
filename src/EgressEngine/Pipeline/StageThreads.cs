using Egress.Runtime;

namespace Egress.Pipeline;

/// <summary>
/// The threads of a run. A stage that throws ends the run with its exception as the reason; when the last one has ended, the run
/// is wound up, on that thread, whatever the reason was.
/// </summary>
internal sealed class StageThreads(RunState state, Action allEnded)
{
    private readonly List<Thread> _threads = [];
    private readonly List<StageActivity> _activities = [];

    // One more than there are threads until no more will be started, so that a run whose first stages end at once is not wound
    // up while the others are still being started.
    private int _running = 1;

    /// <summary>Whether the calling thread is one of these.</summary>
    public bool IsCurrent => _threads.Contains(Thread.CurrentThread);

    /// <summary>The stages that have not ended, for diagnosis.</summary>
    public IEnumerable<string> Running => _threads.Where(thread => thread.IsAlive).Select(thread => $"{thread.Name} ({thread.ThreadState})");

    /// <summary>What the stages are at; complete once no more are started.</summary>
    public IReadOnlyList<StageActivity> Activities => _activities;

    /// <summary>Starts a stage on a thread of its own.</summary>
    /// <param name="name">The stage's name, for errors and debuggers.</param>
    /// <param name="body">The stage; it returns when its input is complete.</param>
    public void Start(string name, Action body)
    {
        var activity = new StageActivity(name);
        var thread = new Thread(() => Run(activity, body)) { IsBackground = true, Name = $"Egress {name}" };
        Interlocked.Increment(ref _running);
        try
        {
            ProcessLimit.Start(thread);
        }
        catch
        {
            // The system has no more threads. This one does not count, or the run would never end.
            EndOne();
            throw;
        }

        _threads.Add(thread);
        _activities.Add(activity);
    }

    /// <summary>No more stages will be started.</summary>
    public void Seal() => EndOne();

    /// <summary>Waits until all stages have ended.</summary>
    public void Join() => _threads.ForEach(thread => thread.Join());

    private void Run(StageActivity activity, Action body)
    {
        activity.Bind();
        try
        {
            body();
        }
        catch (OperationCanceledException) when (state.IsStopping)
        {
            // The consequence of a stop, not a reason.
        }
        catch (Exception error)
        {
            state.Fault(activity.Stage, error);
        }
        finally
        {
            EndOne();
        }
    }

    private void EndOne()
    {
        if (Interlocked.Decrement(ref _running) == 0)
        {
            allEnded();
        }
    }
}

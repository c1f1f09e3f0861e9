using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Egress.Tests;

/// <summary>Keeps a test from hanging: what takes too long fails, with a report of where everything was.</summary>
internal static class Bounded
{
    /// <summary>What takes longer than this hangs: thousands of times as long as the tests' runs take, for slow machines.</summary>
    public static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(60);

    /// <summary>Runs on a thread of its own and waits for it; its exception comes out here.</summary>
    /// <param name="what">What runs, for the failure's message.</param>
    /// <param name="action">The work.</param>
    /// <param name="describe">Describes where everything is, if it hangs.</param>
    public static void Run(string what, Action action, Func<string>? describe = null) => Start(what, action, describe).Join();

    /// <summary>Waits for something that has to come about, however long the machine takes for it.</summary>
    /// <param name="what">What has to come about, for the failure's message.</param>
    /// <param name="condition">Whether it has.</param>
    /// <param name="describe">Describes where everything is, if it does not.</param>
    public static void Until(string what, Func<bool> condition, Func<string>? describe = null)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > HangLimit)
            {
                Assert.Fail($"{what}: that does not come about.\n{describe?.Invoke()}");
            }

            Thread.Sleep(1);
        }
    }

    /// <summary>Starts work on a thread of its own, whatever the thread pool is doing.</summary>
    public static BoundedWork Start(string what, Action action, Func<string>? describe = null) => new(what, action, describe);
}

/// <summary>Work on a thread of its own.</summary>
internal sealed class BoundedWork
{
    private readonly string _what;
    private readonly Func<string>? _describe;
    private readonly Thread _thread;
    private ExceptionDispatchInfo? _error;

    public BoundedWork(string what, Action action, Func<string>? describe)
    {
        _what = what;
        _describe = describe;
        _thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception error)
            {
                _error = ExceptionDispatchInfo.Capture(error);
            }
        })
        {
            IsBackground = true,
            Name = "test",
        };
        _thread.Start();
    }

    /// <summary>Waits for the end; what the work has thrown comes out here.</summary>
    public void Join() => Wait()?.Throw();

    /// <summary>Waits for the end and returns what the work has thrown.</summary>
    public Exception? Error => Wait()?.SourceException;

    private ExceptionDispatchInfo? Wait()
    {
        if (!_thread.Join(Bounded.HangLimit))
        {
            Assert.Fail($"{_what} hangs.\n{_describe?.Invoke()}");
        }

        return _error;
    }
}

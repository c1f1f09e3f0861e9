using System.Diagnostics;
using Egress.Buffers;

namespace Egress.Tests;

/// <summary>
/// What the process holds at one point, to be compared later: host memory and the engine's threads. It counts the whole process's,
/// which is why the assembly's tests run one after the other.
/// </summary>
internal sealed class LeakCheck
{
    // A new thread takes a moment until the system knows its name, and a joined one until it is forgotten.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly int _blocks = HostMemory.HeldBlocks;
    private readonly long _bytes = HostMemory.HeldBytes;
    private readonly int _threads = EngineThreads().Count;

    /// <summary>Fails where more host memory is held, or more of the engine's threads run, than at the beginning.</summary>
    public void AssertNothingLeft(string context = "")
    {
        Assert.True(_blocks == HostMemory.HeldBlocks, $"{HostMemory.HeldBlocks - _blocks} blocks of host memory are left. {context}");
        Assert.True(_bytes == HostMemory.HeldBytes, $"{HostMemory.HeldBytes - _bytes} bytes of host memory are left. {context}");
        AssertThreads(count => count <= _threads, $"{_threads} at most", context);
    }

    /// <summary>Fails unless so many of the engine's threads run.</summary>
    public static void AssertThreads(int expected) => AssertThreads(count => count == expected, $"{expected}", "");

    private static void AssertThreads(Func<int, bool> isRight, string expected, string context)
    {
        var start = Stopwatch.GetTimestamp();
        List<string> threads;
        while (!isRight((threads = EngineThreads()).Count))
        {
            Assert.True(
                Stopwatch.GetElapsedTime(start) < Patience,
                $"The engine's threads should be {expected}, and are {threads.Count}: {string.Join(", ", threads)}. {context}");
            Thread.Sleep(1);
        }
    }

    /// <summary>
    /// The names of the engine's threads as the system knows them, cut to 15 characters: independent of the engine's own account.
    /// </summary>
    private static List<string> EngineThreads()
    {
        var names = new List<string>();
        foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            try
            {
                var name = File.ReadAllText(Path.Combine(task, "comm")).TrimEnd('\n');
                if (name.StartsWith("Egress ", StringComparison.Ordinal))
                {
                    names.Add(name);
                }
            }
            catch (IOException)
            {
                // It ended between the listing and the reading.
            }
        }

        return names;
    }
}

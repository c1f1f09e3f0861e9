using System.Globalization;
using System.Runtime.InteropServices;

namespace Egress.Cmdlets.Tests.Reliability;

/// <summary>
/// Limits that operators set from outside, set from inside and taken back, without a file or a thread more. Scripts in child processes
/// load this assembly and call it by name.
/// </summary>
public static partial class SystemLimit
{
    /// <summary>Bytes of a file: <c>ulimit -f</c>.</summary>
    public const int FileSize = 1;

    /// <summary>Bytes of memory that can be written: <c>ulimit -d</c>.</summary>
    public const int Data = 2;

    /// <summary>Processes and threads of an account: <c>ulimit -u</c>.</summary>
    public const int Threads = 6;

    /// <summary>Open files: <c>ulimit -n</c>.</summary>
    public const int OpenFiles = 7;

    /// <summary>Sets a limit, which can be taken back.</summary>
    public static void Set(int limit, long value)
    {
        var values = Get(limit);
        values[0] = Math.Min((ulong)value, values[1]);
        Check(SetLimit(limit, values));
    }

    /// <summary>Lets a process write so many bytes of memory more than it has now.</summary>
    public static void SetFurtherData(long bytes)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmData:", StringComparison.Ordinal));
        Set(Data, (long.Parse(line["VmData:".Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) << 10) + bytes);
    }

    /// <summary>Takes a limit back.</summary>
    public static void Lift(int limit)
    {
        var values = Get(limit);
        values[0] = values[1];
        Check(SetLimit(limit, values));
    }

    /// <summary>The limit that holds, and the most that it may be set to.</summary>
    private static ulong[] Get(int limit)
    {
        var values = new ulong[2];
        Check(GetLimit(limit, values));
        return values;
    }

    private static void Check(int result)
    {
        if (result != 0)
        {
            throw new InvalidOperationException($"The limit could not be set: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int limit, [In, Out] ulong[] values);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int limit, ulong[] values);
}

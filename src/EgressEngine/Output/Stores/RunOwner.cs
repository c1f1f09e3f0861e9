using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;

namespace Egress.Output.Stores;

/// <summary>The process that a run belongs to: named to whoever comes second, and told from a dead one's remains.</summary>
/// <param name="RunId">The run.</param>
/// <param name="ProcessId">Its process.</param>
/// <param name="StartTicks">When the process started, in the kernel's clock ticks since boot: process ids come again, this does not.</param>
/// <param name="Host">The machine's name.</param>
/// <param name="BootId">The machine's boot: a process of another boot is dead.</param>
/// <param name="ProcessSpace">The kernel's name for the space of process ids; a container has one of its own.</param>
/// <param name="User">The account.</param>
/// <param name="StartedUtc">When the run started.</param>
public sealed record RunOwner(
    string RunId, int ProcessId, long StartTicks, string Host, string BootId, string ProcessSpace, string User, DateTime StartedUtc)
{
    private static readonly ConcurrentDictionary<string, bool> s_ended = new(StringComparer.Ordinal);

    /// <summary>This process, with a new run.</summary>
    public static RunOwner Current() => new(
        Guid.NewGuid().ToString("N"),
        Environment.ProcessId,
        ReadStartTicks(Environment.ProcessId) ?? 0,
        Environment.MachineName,
        ReadBootId(),
        ReadProcessSpace(),
        Environment.UserName,
        DateTime.UtcNow);

    /// <summary>
    /// Whether the process lives and the run has not ended in it; null where this machine cannot tell, because it runs on another or in another container.
    /// </summary>
    public bool? IsAlive()
    {
        if (BootId != ReadBootId() || ProcessSpace != ReadProcessSpace())
        {
            return null;
        }

        return !s_ended.ContainsKey(RunId) && ReadStartTicks(ProcessId) == StartTicks;
    }

    /// <summary>This process's run has ended and could not take its name away: a session goes on, and the name holds nothing any more.</summary>
    internal void MarkEnded() => s_ended[RunId] = true;

    /// <summary>Whether it runs, or ran, under this machine's kernel, whose file locks then show whether it lives.</summary>
    public bool IsOfThisBoot => BootId == ReadBootId();

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"process {ProcessId} of {User} on {Host}, running since {StartedUtc:yyyy-MM-dd HH:mm:ss}Z");

    /// <summary>The text form, for a file.</summary>
    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this);

    /// <summary>Reads the text form; null where it is damaged.</summary>
    internal static RunOwner? FromJson(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<RunOwner>(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string ReadBootId() => ReadText("/proc/sys/kernel/random/boot_id");

    private static string ReadProcessSpace()
    {
        try
        {
            return new FileInfo("/proc/self/ns/pid").LinkTarget ?? "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static long? ReadStartTicks(int processId)
    {
        // The second field is the program's name in parentheses, which may hold anything; the 22nd is the start.
        var status = ReadText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"));
        var fields = status[(status.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        const int StartField = 22 - 3;
        const int StateField = 0;
        return fields.Length > StartField && fields[StateField] is not ("Z" or "X")
            && long.TryParse(fields[StartField], CultureInfo.InvariantCulture, out var ticks)
            ? ticks
            : null;
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}

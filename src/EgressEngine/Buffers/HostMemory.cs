using System.Globalization;

namespace Egress.Buffers;

/// <summary>
/// How much host memory there is to have, and how much of it this process holds in <see cref="HostBlock"/>s. Asking first gives a
/// clear error; not asking gives the out-of-memory killer.
/// </summary>
public static class HostMemory
{
    private static long s_heldBytes;
    private static int s_heldBlocks;

    /// <summary>Memory is short: whoever keeps blocks for later gives them back now.</summary>
    internal static event Action? Short;

    /// <summary>Bytes that this process holds in <see cref="HostBlock"/>s.</summary>
    public static long HeldBytes => Interlocked.Read(ref s_heldBytes);

    /// <summary>Number of <see cref="HostBlock"/>s that this process holds.</summary>
    public static int HeldBlocks => Volatile.Read(ref s_heldBlocks);

    /// <summary>
    /// Bytes that can be allocated now without swapping or reaching the control group's limit, or null where the system does not
    /// tell.
    /// </summary>
    public static long? AvailableBytes()
    {
        var machine = FromMemInfo("/proc/meminfo");
        var group = ControlGroup.AvailableBytes("/proc/self/cgroup", "/sys/fs/cgroup");
        return machine is null ? group : group is null ? machine : Math.Min(machine.Value, group.Value);
    }

    /// <summary>Bytes of memory that the machine has, or null where the system does not tell.</summary>
    public static long? TotalBytes() => FromMemInfo("/proc/meminfo", "MemTotal:");

    /// <summary>Throws where there is less memory than so many blocks of one size need.</summary>
    /// <param name="count">Number of blocks.</param>
    /// <param name="blockBytes">Size of each in bytes; the sum may be beyond 64 bits.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.HostMemoryExhausted"/>.</exception>
    internal static void ThrowIfUnavailable(int count, long blockBytes)
    {
        var bytes = (Int128)count * blockBytes;
        if (AvailableBytes() is { } before && bytes > before)
        {
            Short?.Invoke();
        }

        if (AvailableBytes() is { } available && bytes > available)
        {
            throw new EgressException(
                EgressErrorId.HostMemoryExhausted,
                EgressErrorCategory.ResourceUnavailable,
                $"{Gibibytes(bytes)} of host memory were asked for, and {Gibibytes(available)} are available.",
                "Lower -BufferCount, -BatchSize or -ImageSize, or ask for -OutputKind Labels, which needs far smaller buffers.",
                (long)Int128.Min(bytes, long.MaxValue));
        }
    }

    internal static EgressException Exhausted(long bytes, int systemError) => new(
        EgressErrorId.HostMemoryExhausted,
        EgressErrorCategory.ResourceUnavailable,
        $"The system gave no {Gibibytes(bytes)} of host memory (error {systemError}).",
        "Lower -BufferCount, -BatchSize or -ImageSize, or raise the memory limit of the job.",
        bytes);

    /// <summary>The error of something that found no memory for its own objects.</summary>
    /// <param name="activity">What it is: "the process stage".</param>
    /// <param name="error">What was thrown.</param>
    internal static EgressException Exhausted(string activity, Exception error) => new(
        EgressErrorId.HostMemoryExhausted,
        EgressErrorCategory.ResourceUnavailable,
        $"The process has no memory left for {activity}: {error.Message}",
        "Lower -BatchSize or -WorkerCount, raise the memory limit of the job, or look at what else the session holds.",
        activity,
        error);

    internal static void BlockAllocated(long bytes)
    {
        Interlocked.Add(ref s_heldBytes, bytes);
        Interlocked.Increment(ref s_heldBlocks);
    }

    internal static void BlockFreed(long bytes)
    {
        Interlocked.Add(ref s_heldBytes, -bytes);
        Interlocked.Decrement(ref s_heldBlocks);
    }

    internal static long? FromMemInfo(string path, string field = "MemAvailable:")
    {
        if (!File.Exists(path))
        {
            return null;
        }

        foreach (var line in File.ReadLines(path))
        {
            if (line.StartsWith(field, StringComparison.Ordinal))
            {
                var kibibytes = line.AsSpan(field.Length).Trim();
                kibibytes = kibibytes[..kibibytes.IndexOf(' ')];
                return long.Parse(kibibytes, CultureInfo.InvariantCulture) * 1024;
            }
        }

        return null;
    }

    internal static string Gibibytes(Int128 bytes) => string.Create(CultureInfo.InvariantCulture, $"{(double)bytes / (1 << 30):0.00} GiB");
}

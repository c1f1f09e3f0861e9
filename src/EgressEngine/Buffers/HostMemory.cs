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

    internal static void ThrowIfUnavailable(long bytes)
    {
        if (AvailableBytes() is { } available && bytes > available)
        {
            throw new EgressException(
                EgressErrorId.HostMemoryExhausted,
                EgressErrorCategory.ResourceUnavailable,
                $"{Gibibytes(bytes)} of host memory were asked for, and {Gibibytes(available)} are available.",
                "Lower -BufferCount, -BatchSize or -ImageSize, or ask for -OutputKind Labels, which needs far smaller buffers.",
                bytes);
        }
    }

    internal static EgressException Exhausted(long bytes, int systemError) => new(
        EgressErrorId.HostMemoryExhausted,
        EgressErrorCategory.ResourceUnavailable,
        $"The system gave no {Gibibytes(bytes)} of host memory (error {systemError}).",
        "Lower -BufferCount, -BatchSize or -ImageSize, or raise the memory limit of the job.",
        bytes);

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

    internal static string Gibibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):0.00} GiB");
}

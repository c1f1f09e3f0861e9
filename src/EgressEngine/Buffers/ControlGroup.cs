using System.Globalization;

namespace Egress.Buffers;

/// <summary>
/// The memory limit that the system sets for this process through control groups: a container's, a batch job's. Both versions of
/// the interface are read, and every group from the process's own up to the root, because each may have a limit.
/// </summary>
internal static class ControlGroup
{
    private const string UnifiedPrefix = "0::";

    private sealed record Layout(string Limit, string Used, params string[] Reclaimable);

    private static readonly Layout s_unified = new("memory.max", "memory.current", "inactive_file", "active_file", "slab_reclaimable");

    private static readonly Layout s_legacy =
        new("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file", "total_active_file");

    /// <summary>Bytes that this process can still allocate under its limits, or null where it has none.</summary>
    /// <param name="membership">The file that names the process's groups, <c>/proc/self/cgroup</c>.</param>
    /// <param name="root">Where control groups are mounted, <c>/sys/fs/cgroup</c>.</param>
    public static long? AvailableBytes(string membership, string root)
    {
        if (!File.Exists(membership))
        {
            return null;
        }

        long? least = null;
        foreach (var line in File.ReadLines(membership))
        {
            var (folder, path, layout) = Locate(line, root);
            if (layout is null)
            {
                continue;
            }

            for (var group = path; ; group = group[..group.LastIndexOf('/')])
            {
                if (Left(folder + group, layout) is { } left)
                {
                    least = least is null ? left : Math.Min(least.Value, left);
                }

                if (group.Length == 0)
                {
                    break;
                }
            }
        }

        return least;
    }

    /// <summary>Where a line such as <c>0::/user.slice</c> or <c>9:memory:/docker/1f</c> says that the memory group is.</summary>
    private static (string Folder, string Group, Layout? Layout) Locate(string line, string root)
    {
        if (line.StartsWith(UnifiedPrefix, StringComparison.Ordinal))
        {
            return (root, line[UnifiedPrefix.Length..].TrimEnd('/'), s_unified);
        }

        var parts = line.Split(':', 3);
        return parts.Length == 3 && parts[1].Split(',').Contains("memory", StringComparer.Ordinal)
            ? (Path.Combine(root, "memory"), parts[2].TrimEnd('/'), s_legacy)
            : ("", "", null);
    }

    private static long? Left(string folder, Layout layout)
    {
        if (ReadNumber(Path.Combine(folder, layout.Limit)) is not { } limit
            || ReadNumber(Path.Combine(folder, layout.Used)) is not { } used)
        {
            return null;
        }

        // What the group uses includes the cache of every file it has read or written, which makes room when it has to. Without
        // this a job that has read its pictures for an hour would seem to have no memory left.
        var reclaimable = Math.Min(used, ReclaimableBytes(Path.Combine(folder, "memory.stat"), layout));
        return Math.Max(0, limit - (used - reclaimable));
    }

    private static long ReclaimableBytes(string path, Layout layout)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        var sum = 0L;
        foreach (var line in File.ReadLines(path))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0
                && layout.Reclaimable.Contains(line[..space], StringComparer.Ordinal)
                && long.TryParse(line.AsSpan(space + 1), CultureInfo.InvariantCulture, out var bytes))
            {
                sum += bytes;
            }
        }

        return sum;
    }

    /// <summary>The number in the file; null where there is none, as for <c>max</c>.</summary>
    private static long? ReadNumber(string path) =>
        File.Exists(path) && long.TryParse(File.ReadAllText(path).Trim(), CultureInfo.InvariantCulture, out var value) ? value : null;
}

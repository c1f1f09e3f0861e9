namespace Egress.Runtime;

/// <summary>The files that are mapped into this process.</summary>
internal static class ProcessMaps
{
    /// <summary>Full path of the CUDA runtime library in this process, or null where there is none.</summary>
    public static string? FindCudaRuntime() => Find("libcudart");

    /// <summary>Full path of a library in this process, or null where there is none.</summary>
    /// <param name="library">Its name without <c>.so</c>.</param>
    public static string? Find(string library) => Find(library, File.ReadLines("/proc/self/maps"));

    /// <summary>The same for the lines of a <c>/proc/…/maps</c> file.</summary>
    internal static string? Find(string library, IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            // Address, permissions, offset, device and inode have no slash in them; then comes the path, spaces and all.
            var start = line.IndexOf('/', StringComparison.Ordinal);
            if (start < 0)
            {
                continue;
            }

            var path = line[start..];
            var name = Path.GetFileName(path.AsSpan());

            // libcudart.so.12, or with a hash in it as redistributed builds of libtorch have it: libcudart-c3a75b33.so.12.
            if (name.StartsWith(library, StringComparison.Ordinal) && name[library.Length..] is ['.' or '-', ..]
                && name.Contains(".so", StringComparison.Ordinal))
            {
                return path;
            }
        }

        return null;
    }
}

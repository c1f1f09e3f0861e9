using System.Globalization;
using System.Text;

namespace Egress.Tests.Runtime;

/// <summary>Folders that are like the module's but for one thing.</summary>
internal static class FolderCopy
{
    /// <summary>Libraries of libtorch itself.</summary>
    public static readonly string[] Libtorch =
        ["libc10.so", "libtorch.so", "libtorch_cpu.so", "libtorch_global_deps.so", "libgomp-98b21ff3.so.1"];

    /// <summary>Fills a folder with links to files of the module's folder: the named ones, or all.</summary>
    public static string LinkInto(string folder, params string[] names)
    {
        foreach (var name in names.Length > 0 ? names : [.. Directory.GetFiles(TestPaths.Deps).Select(Path.GetFileName)!])
        {
            File.CreateSymbolicLink(Path.Combine(folder, name), Path.Combine(TestPaths.Deps, name));
        }

        return folder;
    }

    /// <summary>Puts the beginning of a library where the library was, as an interrupted copy does.</summary>
    public static void CutOff(string folder, string name, int bytes)
    {
        var path = Path.Combine(folder, name);
        File.Delete(path);
        var beginning = new byte[Math.Min(bytes, 4096)];
        using (var source = File.OpenRead(Path.Combine(TestPaths.Deps, name)))
        {
            source.ReadExactly(beginning);
        }

        // The rest is a hole: what it holds is not looked at, and the disk is spared.
        using var copy = File.Create(path);
        copy.Write(beginning);
        copy.SetLength(bytes);
    }

    /// <summary>
    /// Puts a changed copy of one of the module's libraries somewhere: every occurrence of one name in its table of names is
    /// another name, no longer than the first.
    /// </summary>
    public static void CopyRenamed(string library, string destination, params (string Name, string Other)[] names)
    {
        var bytes = File.ReadAllBytes(Path.Combine(TestPaths.Deps, library));
        foreach (var (name, other) in names)
        {
            Assert.InRange(other.Length, 1, name.Length);
            var (from, to) = (Encoding.ASCII.GetBytes(name + '\0'), Encoding.ASCII.GetBytes(other.PadRight(name.Length + 1, '\0')));
            Assert.NotEqual(-1, bytes.AsSpan().IndexOf(from));
            for (var at = bytes.AsSpan().IndexOf(from); at >= 0; at = bytes.AsSpan().IndexOf(from))
            {
                to.CopyTo(bytes, at);
            }
        }

        File.Delete(destination);
        File.WriteAllBytes(destination, bytes);
    }

    /// <summary>Names, sizes and times of all that is in a folder, to compare.</summary>
    public static string[] Inventory(string folder) =>
    [
        .. new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
            .Select(entry => string.Create(CultureInfo.InvariantCulture,
                $"{entry.FullName} {(entry as FileInfo)?.Length} {entry.LastWriteTimeUtc:O}"))
            .Order(StringComparer.Ordinal),
    ];
}

using System.Management.Automation;

namespace Egress.Cmdlets.Support;

/// <summary>
/// Turns what users write into full paths of the file system. PowerShell's own call gives other providers' paths too, without
/// their drive: <c>Env:/masks</c> becomes <c>masks</c>, which taken for a file lies in the process's directory.
/// </summary>
internal static class FileSystemPath
{
    /// <summary>The full path of a file or folder that need not exist, or null and why there is none.</summary>
    /// <param name="paths">The session's path rules.</param>
    /// <param name="path">A path as PowerShell knows it; wildcard characters are part of the name.</param>
    /// <param name="error">Why null is returned.</param>
    public static string? Resolve(PathIntrinsics paths, string path, out ItemException? error)
    {
        try
        {
            var file = paths.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
            error = Check(path, provider);
            return error is null ? file : null;
        }
        catch (Exception cause) when (cause is SessionStateException or ProviderInvocationException)
        {
            error = new ItemException(
                EgressErrorId.PathNotFound, EgressErrorCategory.ObjectNotFound, $"'{path}' names no file: {cause.Message}",
                "Name a path of the file system.", path, cause);
            return null;
        }
    }

    /// <summary>
    /// A file's path as it was named: from the current folder where the name is from there, otherwise the full one. So the same command calls it
    /// the same, and two files of one run are called differently.
    /// </summary>
    /// <param name="paths">The session's path rules.</param>
    /// <param name="named">What the user wrote, wildcards and all.</param>
    /// <param name="file">Full path of the file.</param>
    public static string NameOf(PathIntrinsics paths, string named, string file) =>
        named.StartsWith('~') || Path.IsPathRooted(named) || paths.IsProviderQualified(named) || paths.IsPSAbsolute(named, out _)
            ? file
            : Path.GetRelativePath(paths.CurrentFileSystemLocation.ProviderPath, file);

    /// <summary>The error of a path that belongs to another provider; null for the file system.</summary>
    public static ItemException? Check(string path, ProviderInfo provider) => provider.Name == "FileSystem"
        ? null
        : new ItemException(
            EgressErrorId.PathNotAFile, EgressErrorCategory.InvalidArgument, $"'{path}' is not in the file system but in {provider.Name}.",
            "Name a path of the file system.", path);
}

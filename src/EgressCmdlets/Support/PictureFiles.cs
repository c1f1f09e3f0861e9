using System.Management.Automation;

namespace Egress.Cmdlets.Support;

/// <summary>Turns what users name into picture files: wildcards, PowerShell paths, and errors for what is no file.</summary>
internal static class PictureFiles
{
    /// <summary>The files that a path names, or its error.</summary>
    /// <param name="paths">The session's path rules.</param>
    /// <param name="path">A path, with wildcards unless <paramref name="literal"/>.</param>
    /// <param name="literal">Whether wildcard characters are part of the name.</param>
    public static IEnumerable<(string Path, EgressException? Error)> Resolve(PathIntrinsics paths, string path, bool literal)
    {
        if (literal || !WildcardPattern.ContainsWildcardCharacters(path))
        {
            string file;
            ProviderInfo provider;
            try
            {
                file = paths.GetUnresolvedProviderPathFromPSPath(literal ? path : WildcardPattern.Unescape(path), out provider, out _);
            }
            catch (Exception error) when (error is SessionStateException or ProviderInvocationException)
            {
                return [(path, NotFound(path, error))];
            }

            return [(file, Check(path, file, provider))];
        }

        return ResolveWildcards(paths, path);
    }

    private static List<(string Path, EgressException? Error)> ResolveWildcards(PathIntrinsics paths, string path)
    {
        var found = new List<(string, EgressException?)>();
        try
        {
            foreach (var file in paths.GetResolvedProviderPathFromPSPath(path, out var provider))
            {
                // A wildcard means the files; that it also matches folders is no mistake of the user's.
                if (!Directory.Exists(file))
                {
                    found.Add((file, Check(file, file, provider)));
                }
            }
        }
        catch (Exception error) when (error is SessionStateException or ProviderInvocationException)
        {
            found.Clear();
        }

        return found.Count > 0 ? found : [(path, NotFound(path, null))];
    }

    private static ItemException? Check(string name, string file, ProviderInfo provider)
    {
        if (provider.Name != "FileSystem")
        {
            return new ItemException(
                EgressErrorId.PathNotAFile, EgressErrorCategory.InvalidArgument, $"'{name}' is not in the file system but in {provider.Name}.",
                "Name picture files on a disk.", name);
        }

        if (Directory.Exists(file))
        {
            return new ItemException(
                EgressErrorId.PathNotAFile, EgressErrorCategory.InvalidArgument, $"'{name}' is a folder.",
                "Name the pictures in it, for example with a wildcard: folder/*.jpg.", name);
        }

        return File.Exists(file) ? null : NotFound(name, null);
    }

    private static ItemException NotFound(string path, Exception? inner) => new(
        EgressErrorId.PathNotFound, EgressErrorCategory.ObjectNotFound, $"'{path}' names no file.",
        "Check the path; -LiteralPath takes names with wildcard characters as they are.", path, inner);
}

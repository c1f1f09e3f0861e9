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
        if (!literal && WildcardPattern.ContainsWildcardCharacters(path))
        {
            return ResolveWildcards(paths, path);
        }

        var file = FileSystemPath.Resolve(paths, literal ? path : WildcardPattern.Unescape(path), out var error);
        return file is null ? [(path, error)] : [(file, Check(file))];
    }

    /// <summary>All files of several patterns.</summary>
    /// <param name="paths">The session's paths.</param>
    /// <param name="patterns">The patterns.</param>
    /// <param name="fail">Ends the command with the first error.</param>
    public static List<string> ResolveAll(PathIntrinsics paths, IEnumerable<string> patterns, Action<EgressException> fail)
    {
        var files = new List<string>();
        foreach (var (file, error) in patterns.SelectMany(pattern => Resolve(paths, pattern, literal: false)))
        {
            if (error is not null)
            {
                fail(error);
            }

            files.Add(file);
        }

        return files;
    }

    private static List<(string Path, EgressException? Error)> ResolveWildcards(PathIntrinsics paths, string path)
    {
        var found = new List<(string, EgressException?)>();
        try
        {
            foreach (var file in paths.GetResolvedProviderPathFromPSPath(path, out var provider))
            {
                if (FileSystemPath.Check(path, provider) is { } error)
                {
                    // One error for the pattern, however many variables or functions it matches.
                    return [(path, error)];
                }

                // A wildcard means the files; that it also matches folders is no mistake of the user's.
                if (!Directory.Exists(file))
                {
                    found.Add((file, Check(file)));
                }
            }
        }
        catch (Exception error) when (error is SessionStateException or ProviderInvocationException)
        {
            found.Clear();
        }

        return found.Count > 0 ? found : [(path, NotFound(path))];
    }

    private static ItemException? Check(string file)
    {
        if (Directory.Exists(file))
        {
            return new ItemException(
                EgressErrorId.PathNotAFile, EgressErrorCategory.InvalidArgument, $"'{file}' is a folder.",
                "Name the pictures in it, for example with a wildcard: folder/*.jpg.", file);
        }

        return File.Exists(file) ? null : NotFound(file);
    }

    private static ItemException NotFound(string path) => new(
        EgressErrorId.PathNotFound, EgressErrorCategory.ObjectNotFound, $"'{path}' names no file.",
        "Check the path; -LiteralPath takes names with wildcard characters as they are.", path);
}

using System.Management.Automation;

namespace Egress.Cmdlets.Support;

/// <summary>Turns what users name into files, of pictures or with sequences: wildcards, PowerShell paths, and errors for what is no file.</summary>
internal static class PictureFiles
{
    /// <summary>The files that a path names, or its error.</summary>
    /// <param name="paths">The session's path rules.</param>
    /// <param name="path">A path, with wildcards unless <paramref name="literal"/>.</param>
    /// <param name="literal">Whether wildcard characters are part of the name.</param>
    /// <param name="sequences">Whether they are files with sequences, of which errors speak then.</param>
    public static IEnumerable<(string Path, EgressException? Error)> Resolve(PathIntrinsics paths, string path, bool literal, bool sequences = false)
    {
        if (!literal && WildcardPattern.ContainsWildcardCharacters(path))
        {
            return ResolveWildcards(paths, path, sequences);
        }

        var file = FileSystemPath.Resolve(paths, literal ? path : WildcardPattern.Unescape(path), out var error);
        return file is null ? [(path, error)] : [(file, Check(file, sequences))];
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

    private static List<(string Path, EgressException? Error)> ResolveWildcards(PathIntrinsics paths, string path, bool sequences)
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
                    found.Add((file, Check(file, sequences)));
                }
            }
        }
        catch (Exception error) when (error is SessionStateException or ProviderInvocationException)
        {
            found.Clear();
        }

        return found.Count > 0 ? found : [(path, NotFound(path))];
    }

    private static ItemException? Check(string file, bool sequences)
    {
        if (Directory.Exists(file))
        {
            return new ItemException(
                EgressErrorId.PathNotAFile, EgressErrorCategory.InvalidArgument, $"'{file}' is a folder.",
                sequences ? "Name the files in it, for example with a wildcard: folder/*.jsonl." : "Name the pictures in it, for example with a wildcard: folder/*.jpg.", file);
        }

        return File.Exists(file) ? null : NotFound(file);
    }

    private static ItemException NotFound(string path) => new(
        EgressErrorId.PathNotFound, EgressErrorCategory.ObjectNotFound, $"'{path}' names no file.",
        "Check the path; -LiteralPath takes names with wildcard characters as they are.", path);
}

namespace Egress.Models;

/// <summary>A text file with the names of classes, one a line, from class 0 on.</summary>
public static class ClassNameFile
{
    /// <summary>Reads the names. Blank lines at the end are no classes.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ClassNamesInvalid"/>.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd().Split('\n').Select(line => line.Trim()).ToList();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EgressException(
                EgressErrorId.ClassNamesInvalid,
                error is UnauthorizedAccessException ? EgressErrorCategory.PermissionDenied : EgressErrorCategory.ObjectNotFound,
                $"The class names in '{path}' could not be read: {error.Message}",
                "Give -ClassNames a list of names, or a text file with one a line.",
                path,
                error);
        }
    }
}

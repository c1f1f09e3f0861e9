using System.Text;
using Egress.Files;

namespace Egress.Models;

/// <summary>A text file with the names of classes, one a line, from class 0 on.</summary>
public static class ClassNameFile
{
    private const int MostBytes = 16 << 20;

    /// <summary>Reads the names. Blank lines at the end are no classes.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ClassNamesInvalid"/>.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        var bytes = SmallFile.Read(path, MostBytes, out var problem);
        return bytes is not null
            ? Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF').TrimEnd().Split('\n').Select(line => line.Trim()).ToList()
            : throw new EgressException(
                EgressErrorId.ClassNamesInvalid,
                problem!.Category,
                $"The class names could not be read: {problem.Message}",
                "Give -ClassNames a list of names, or a text file with one a line.",
                path,
                problem.Cause);
    }
}

namespace Egress.Files;

/// <summary>Reads files that are small where they are what they should be.</summary>
internal static class SmallFile
{
    /// <summary>Reads a file, or tells in <paramref name="problem"/> why that is not possible.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="mostBytes">A larger file is not read.</param>
    /// <param name="problem">Why null is returned.</param>
    public static byte[]? Read(string path, int mostBytes, out FileProblem? problem)
    {
        using var handle = RegularFile.Open(path, out problem);
        if (handle is null)
        {
            return null;
        }

        try
        {
            using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            if (stream.Length > mostBytes)
            {
                problem = new FileProblem(
                    EgressErrorId.InputUnreadable, EgressErrorCategory.InvalidData,
                    $"'{path}' has {stream.Length} bytes, more than such a file ever has.", "Check that it is the right file.");
                return null;
            }

            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (IOException e)
        {
            problem = FileProblem.Unreadable(path, e);
            return null;
        }
    }
}

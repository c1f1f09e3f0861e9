namespace Egress.Output;

/// <summary>What an output is made from, so that a later run sees when that has changed.</summary>
/// <param name="Path">Full path of the input.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="ModifiedUtc">When it was last changed, to the second; null where that is not known.</param>
public sealed record OutputSource(string Path, long Bytes, DateTime? ModifiedUtc = null)
{
    /// <summary>An input in a file; null where it cannot be looked at, which comes out when it is read.</summary>
    public static OutputSource? FromFile(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return file.Exists ? new OutputSource(path, file.Length, ToSecond(file.LastWriteTimeUtc)) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Copies of a file, and file systems, do not all keep more.
    private static DateTime ToSecond(DateTime time) => new(time.Ticks - (time.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc);
}

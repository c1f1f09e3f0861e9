using Egress.Runtime;

namespace Egress.Output.Stores;

/// <summary>Turns what a store's calls throw into the errors that users meet.</summary>
internal static class StoreFault
{
    // The C library's numbers, which .NET hands through as the exception's HResult.
    private const int NoDevice = 19;
    private const int NoSpace = 28;
    private const int ReadOnly = 30;
    private const int NotConnected = 107;
    private const int StaleHandle = 116;
    private const int QuotaExceeded = 122;

    /// <summary>Whether an exception is a store's failure, to be turned into an error.</summary>
    public static bool IsOne(Exception error) =>
        error is IOException or UnauthorizedAccessException || IsOfFileSize(error);

    /// <summary>The category of a failed write.</summary>
    public static EgressErrorCategory CategoryOf(Exception error) => error switch
    {
        IOException { HResult: NoSpace or QuotaExceeded } => EgressErrorCategory.ResourceUnavailable,
        UnauthorizedAccessException or IOException { HResult: ReadOnly } => EgressErrorCategory.PermissionDenied,
        _ => EgressErrorCategory.WriteError,
    };

    /// <summary>The error of a place that takes nothing from the start.</summary>
    /// <param name="path">The place: a full path.</param>
    /// <param name="error">What the system threw.</param>
    public static EgressException Opening(string path, Exception error) => Shortage(path, error) ?? new EgressException(
        EgressErrorId.DestinationNotWritable,
        CategoryOf(error),
        $"'{path}' takes no files: {error.Message}",
        "Name a folder that this account may write to with -Destination; it is made if it does not exist.",
        path,
        error);

    /// <summary>The error of a failed write.</summary>
    /// <param name="path">What was written: full path or URI.</param>
    /// <param name="error">What the store threw.</param>
    public static EgressException Writing(string path, Exception error) => Shortage(path, error) ?? error switch
    {
        DirectoryNotFoundException or IOException { HResult: StaleHandle or NotConnected or NoDevice } => new EgressException(
            EgressErrorId.DestinationLost,
            EgressErrorCategory.ResourceUnavailable,
            $"The destination of '{path}' is gone: {error.Message}",
            "Bring the -Destination back, then run the same command again with -Resume: outputs that are there are kept.",
            path,
            error),
        _ => new EgressException(
            EgressErrorId.OutputWriteFailed,
            CategoryOf(error),
            $"'{path}' could not be written: {error.Message}",
            IsOfFileSize(error)
                ? "Raise the limit of a file's size (ulimit -f), or use a file system that takes such files; then run the same command again with -Resume."
                : "Restore access, then run the same command again with -Resume: outputs that are committed are kept.",
            path,
            error),
    };

    /// <summary>
    /// Whether a file would have become too large (EFBIG), for its file system or for what the process may write. Of all the errors of a
    /// write .NET gives this one alone as an argument that is out of range, whatever the arguments are.
    /// </summary>
    private static bool IsOfFileSize(Exception error) =>
        error is ArgumentOutOfRangeException { ParamName: "value", Source: "System.Private.CoreLib" };

    /// <summary>The error where the system is short of something; null where that is not why.</summary>
    private static EgressException? Shortage(string path, Exception error) => error switch
    {
        IOException { HResult: NoSpace or QuotaExceeded } => new EgressException(
            EgressErrorId.DestinationFull,
            CategoryOf(error),
            $"There is no space left for '{path}': {error.Message}",
            "Free space or raise the quota, then run the same command again with -Resume: outputs that are committed are kept.",
            path,
            error),
        _ when ProcessLimit.IsOfOpenFiles(error) => ProcessLimit.OpenFiles(error, path),
        _ => null,
    };
}

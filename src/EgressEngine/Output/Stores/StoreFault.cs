namespace Egress.Output.Stores;

/// <summary>Turns what a store's calls throw into the errors that users meet.</summary>
internal static class StoreFault
{
    // The C library's numbers, which .NET hands through as the exception's HResult.
    private const int NoDevice = 19;
    private const int FileTooLarge = 27;
    private const int NoSpace = 28;
    private const int ReadOnly = 30;
    private const int NotConnected = 107;
    private const int StaleHandle = 116;
    private const int QuotaExceeded = 122;

    /// <summary>Whether an exception is a store's failure, to be turned into an error.</summary>
    public static bool IsOne(Exception error) =>
        error is IOException or UnauthorizedAccessException or (ArgumentOutOfRangeException and { HResult: FileTooLarge });

    /// <summary>The error of a failed write.</summary>
    /// <param name="path">What was written: full path or URI.</param>
    /// <param name="error">What the store threw.</param>
    public static EgressException Writing(string path, Exception error) => error switch
    {
        IOException { HResult: NoSpace or QuotaExceeded } => new EgressException(
            EgressErrorId.DestinationFull,
            EgressErrorCategory.ResourceUnavailable,
            $"There is no space left for '{path}': {error.Message}",
            "Free space or raise the quota, then run the same command again with -Resume: outputs that are committed are kept.",
            path,
            error),
        DirectoryNotFoundException or IOException { HResult: StaleHandle or NotConnected or NoDevice } => new EgressException(
            EgressErrorId.DestinationLost,
            EgressErrorCategory.ResourceUnavailable,
            $"The destination of '{path}' is gone: {error.Message}",
            "Bring the -Destination back, then run the same command again with -Resume: outputs that are there are kept.",
            path,
            error),
        _ => new EgressException(
            EgressErrorId.OutputWriteFailed,
            error is UnauthorizedAccessException or IOException { HResult: ReadOnly }
                ? EgressErrorCategory.PermissionDenied
                : EgressErrorCategory.WriteError,
            $"'{path}' could not be written: {error.Message}",
            "Restore access, then run the same command again with -Resume: outputs that are committed are kept.",
            path,
            error),
    };
}

using System.Runtime.InteropServices;

namespace Egress.Runtime;

/// <summary>
/// What the system lets a process have only so much of, besides memory: open files, threads, bytes in a file. Operators set these limits
/// with <c>ulimit</c>, units of systemd, control groups or containers.
/// </summary>
public static class ProcessLimit
{
    // The C library's numbers, which .NET hands through as the exception's HResult.
    private const int OpenFilesOfMachine = 23;
    private const int OpenFilesOfProcess = 24;

    private const PosixSignal FileSizeExceeded = (PosixSignal)25;
    private static PosixSignalRegistration? s_fileSizeExceeded;

    /// <summary>
    /// Makes a write beyond the limit of a file's size (<c>ulimit -f</c>) fail from now on. By itself the system ends the process with a
    /// signal (SIGXFSZ), without a word of which file it was.
    /// </summary>
    public static void TakeFileSizeSignal() =>
        s_fileSizeExceeded ??= PosixSignalRegistration.Create(FileSizeExceeded, context => context.Cancel = true);

    /// <summary>Whether an exception says that no more files may be open.</summary>
    internal static bool IsOfOpenFiles(Exception error) => error is IOException { HResult: OpenFilesOfMachine or OpenFilesOfProcess };

    /// <summary>The error of a process, or a machine, that may have no more files open.</summary>
    /// <param name="error">Why.</param>
    /// <param name="target">What was to be opened, or null.</param>
    internal static EgressException OpenFiles(Exception error, string? target = null) => new(
        EgressErrorId.OpenFilesExhausted,
        EgressErrorCategory.ResourceUnavailable,
        $"The system lets {(error.HResult == OpenFilesOfMachine ? "this machine" : "this process")} have no more files open: {error.Message}",
        "Raise the limit of open files (ulimit -n), or look at what else the session holds open; then run the same command again with -Resume.",
        target,
        error);

    /// <summary>Starts a thread.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ThreadsExhausted"/>: the system gives no more of them.</exception>
    internal static void Start(Thread thread)
    {
        try
        {
            thread.Start();
        }
        catch (OutOfMemoryException error)
        {
            // .NET says the same whether the system gave no thread or no memory for its stack.
            throw new EgressException(
                EgressErrorId.ThreadsExhausted,
                EgressErrorCategory.ResourceUnavailable,
                $"The system gives this process no further thread, which '{thread.Name}' needs.",
                "Raise the limit of threads (ulimit -u, or pids.max of the control group), lower -LoaderCount or -WorkerCount, or look at what "
                + "else runs under this account; then run the same command again.",
                thread.Name,
                error);
        }
    }
}

using Egress.Runtime;

namespace Egress.Files;

/// <summary>Why a file could not be read. Whoever opened it knows whether that ends the run or concerns one input.</summary>
/// <param name="ErrorId">One of <see cref="EgressErrorId"/>.</param>
/// <param name="Category">The kind of failure.</param>
/// <param name="Message">What happened, with the path in it.</param>
/// <param name="Advice">What the user can do about it.</param>
/// <param name="Cause">The exception behind it, where there is one.</param>
internal sealed record FileProblem(string ErrorId, EgressErrorCategory Category, string Message, string Advice, Exception? Cause = null)
{
    /// <summary>A file that exists and does not let itself be read.</summary>
    public static FileProblem Unreadable(string path, Exception cause) => ProcessLimit.IsOfOpenFiles(cause)
        ? Of(ProcessLimit.OpenFiles(cause, path), cause)
        : new(
            EgressErrorId.InputUnreadable,
            EgressErrorCategory.ReadError,
            $"'{path}' could not be read: {cause.Message}",
            "Check the disk or the network share that the file is on.",
            cause);

    /// <summary>The failure as one of the whole run.</summary>
    public EgressException ToException(string path) => new(ErrorId, Category, Message, Advice, path, Cause);

    /// <summary>The failure as one of this input alone.</summary>
    public ItemException ToItemException(string path) => new(ErrorId, Category, Message, Advice, path, Cause);

    /// <summary>The failure of an input that could not be opened; what the process lacks, it lacks for every input, and that ends the run.</summary>
    public EgressException ToInputException(string path) => ErrorId == EgressErrorId.OpenFilesExhausted
        ? ToException(path)
        : ToItemException(path);

    private static FileProblem Of(EgressException error, Exception cause) => new(error.ErrorId, error.Category, error.Message, error.Advice, cause);
}

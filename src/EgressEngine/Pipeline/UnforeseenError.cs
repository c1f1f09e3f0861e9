using Egress.Buffers;
using Egress.Runtime;

namespace Egress.Pipeline;

/// <summary>What becomes of exceptions that nobody foresaw: the system is short of something, or the engine is wrong.</summary>
public static class UnforeseenError
{
    /// <summary>What .NET throws where a compression finds no memory, its only reason to fail: a type that has no public name.</summary>
    private const string CompressionFailed = "System.IO.Compression.ZLibException";

    /// <summary>The failure that users meet.</summary>
    /// <param name="activity">What failed, as the subject of a sentence: "the process stage".</param>
    /// <param name="error">What was thrown.</param>
    /// <param name="advice">What to do where the engine is wrong, or null: to report it.</param>
    public static EgressException Of(string activity, Exception error, string? advice = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(activity);
        return error switch
        {
            EgressException failure => failure,
            OutOfMemoryException => HostMemory.Exhausted(activity, error),
            _ when error.GetType().FullName == CompressionFailed => HostMemory.Exhausted(activity, error),
            _ when ProcessLimit.IsOfOpenFiles(error) => ProcessLimit.OpenFiles(error),
            _ => new EgressException(
                EgressErrorId.PipelineFault,
                EgressErrorCategory.NotSpecified,
                $"{char.ToUpperInvariant(activity[0])}{activity[1..]} failed: {error.Message}",
                advice ?? "This is an error of the engine: report it with the command that led to it.",
                inner: error),
        };
    }
}

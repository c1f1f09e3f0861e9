using System.Diagnostics;
using Egress.Models.Checkpoints;
using Egress.Models.Programs;
using Egress.Models.Safetensors;
using Egress.Models.Weights;

namespace Egress.Fuzz;

/// <summary>A reader of model files, and files to damage for it.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Mutate">Makes a damaged file.</param>
/// <param name="Open">Reads a file.</param>
internal sealed record Reader(string Name, Func<Random, byte[]> Mutate, Action<string> Open)
{
    /// <summary>More than any of the small files may cost.</summary>
    private const long MostBytes = 16 << 20;
    private const double MostMilliseconds = 5000;

    public static IReadOnlyList<Reader> All { get; } =
    [
        new("safetensors", Seeds.Safetensors, path => Touch(SafetensorsFile.Open(path))),
        new("pth", Seeds.Checkpoint, path => Touch(CheckpointFile.Open(path))),
        new("program", Seeds.Program, path => _ = ProgramFile.Open(path)),
    ];

    /// <summary>
    /// Gives a file to the reader. It may take it, and then every tensor lies in it; or refuse it with one of the errors that are
    /// meant for that. Anything else is a finding: another exception, memory or time out of proportion.
    /// </summary>
    public Outcome Check(string path, int length)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        string? reason = null, finding = null;
        try
        {
            Open(path);
        }
        catch (EgressException e) when (e.ErrorId is EgressErrorId.WeightsInvalid or EgressErrorId.WeightsClassRefused or EgressErrorId.ModelFileInvalid)
        {
            reason = $"{e.ErrorId}: {Kind(e.Message)}";
        }
        catch (Exception e)
        {
            finding = e.ToString();
        }

        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        var milliseconds = clock.Elapsed.TotalMilliseconds;
        finding ??= bytes > MostBytes + (64L * length) ? $"{bytes} bytes allocated for a file of {length}"
            : milliseconds > MostMilliseconds ? $"{milliseconds} ms" : null;
        return new Outcome(reason, finding, milliseconds);
    }

    // Reads every byte of every tensor, as loading would.
    private static unsafe void Touch(IWeightsFile file)
    {
        using (file)
        {
            var length = new FileInfo(file.Path).Length;
            foreach (var entry in file.Entries)
            {
                if (entry.Offset < 0 || entry.Length < 0 || entry.Offset > length - entry.Length)
                {
                    throw new InvalidOperationException($"Tensor {entry.Name} lies at {entry.Offset}, {entry.Length} bytes, of a file of {length}.");
                }

                var sum = 0;
                foreach (var value in new ReadOnlySpan<byte>((void*)file.Locate(entry), checked((int)entry.Length)))
                {
                    sum += value;
                }

                GC.KeepAlive(sum);
            }
        }
    }

    // The reason after the path, without names and numbers.
    private static string Kind(string message)
    {
        var start = message.IndexOf("': ", 1, StringComparison.Ordinal) is > 0 and var quote ? quote + 3 : message.IndexOf(": ", StringComparison.Ordinal) + 2;
        return string.Concat(message[Math.Max(0, Math.Min(start, message.Length))..].Where(c => char.IsAsciiLetterLower(c) || c == ' ').Take(40));
    }
}

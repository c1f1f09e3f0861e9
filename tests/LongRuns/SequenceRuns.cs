using System.Globalization;
using Egress.Backend;
using Egress.Devices;
using Egress.Embedding;
using Egress.Models;
using Egress.Pipeline;
using Egress.Runtime;
using Egress.Tests;
using Egress.Vectors;

namespace Egress.LongRuns;

/// <summary>
/// Texts that are cut into tokens, encoded on the CPU and stored, in runs of a thousand that each open and end a destination: databases and
/// files in turns.
/// </summary>
internal sealed class SequenceRuns : IDisposable
{
    private const int RunLength = 1_000;

    /// <summary>Runs before the first look: until then libraries take memory that they keep for what comes.</summary>
    private const int WarmUpRuns = 8;

    private static readonly VectorFormat[] s_formats = [VectorFormat.DuckDb, VectorFormat.Parquet];

    private static readonly string s_encoder = Path.GetFullPath(Path.Combine(ModuleFolder.Deps, "../../../samples/models/docs-encoder"));

    private readonly TemporaryFolder _folder = new();
    private readonly TorchBackend _backend = new();
    private readonly EmbeddingModelOptions _model = new() { Model = "docs-encoder", ModelFolder = s_encoder };
    private readonly EmbeddingLanes _lanes;
    private int _runs;

    private SequenceRuns()
    {
        _backend.SetCpuThreads(1);
        _lanes = EmbeddingLanes.Open(_model, [new DeviceSpec(DeviceKind.Cpu)], () => _backend);
    }

    /// <summary>Stores so many and looks at the process meanwhile.</summary>
    /// <returns>The number of things that it holds ever more of.</returns>
    public static int Run(int count)
    {
        using var runs = new SequenceRuns();
        for (var run = 0; run < WarmUpRuns; run++)
        {
            runs.RunOnce(RunLength);
        }

        return Endurance.Watch("sequences", count, sequences =>
        {
            for (var done = 0; done < sequences; done += RunLength)
            {
                runs.RunOnce(Math.Min(RunLength, sequences - done));
            }

            return sequences;
        });
    }

    public void Dispose()
    {
        _lanes.Dispose();
        _folder.Dispose();
    }

    private void RunOnce(int count)
    {
        var format = s_formats[_runs++ % s_formats.Length];
        var place = _folder.Folder("vectors");
        var options = new EmbeddingOptions
        {
            Model = _model,
            Pipeline = new PipelineOptions { BatchSize = 32, LoaderCount = 1, WorkerCount = 1, BufferCount = 2 },
            TokenizerPath = s_encoder,
            Destination = new VectorDestination { Format = format, Address = format == VectorFormat.DuckDb ? Path.Combine(place, "vectors.duckdb") : place },
            StoresTexts = true,
        };
        using (var run = new EmbeddingRun(options, _lanes, () => _backend))
        {
            var written = 0;
            for (var number = 0; number < count; number++)
            {
                var (id, text) = (string.Create(CultureInfo.InvariantCulture, $"{_runs}-{number}"), Text(number));
                Until(() => run.TryAddText(id, text), run, ref written);
            }

            Until(run.TryCompleteInput, run, ref written);
            Until(() => run.IsCompleted, run, ref written);
            if (written != count)
            {
                throw new InvalidOperationException($"{written} of {count} sequences were stored.");
            }
        }

        Directory.Delete(place, recursive: true);
    }

    /// <summary>From a few words to some sixty, so that lengths and paddings differ.</summary>
    private static string Text(int number) => string.Join(' ', Enumerable.Range(number, 4 + (number % 57)).Select(word => (word % 5) switch
    {
        0 => "buffer",
        1 => "stream",
        2 => string.Create(CultureInfo.InvariantCulture, $"picture{word % 10}"),
        3 => "the device copies",
        _ => "weights",
    }));

    private static void Until(Func<bool> isDone, EmbeddingRun run, ref int written)
    {
        while (!isDone())
        {
            if (run.TryTake(out var result, out _, out var error, 100))
            {
                written += error is null && result!.Status == EmbeddingStatus.Written ? result.Count : 0;
            }
        }
    }
}

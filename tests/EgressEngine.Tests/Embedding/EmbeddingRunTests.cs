using System.Text.Json;
using Egress.Devices;
using Egress.Embedding;
using Egress.Models;
using Egress.Pipeline;
using Egress.Vectors;

namespace Egress.Tests.Embedding;

/// <summary>Runs on the simulated device: what becomes of sequences, not what their vectors are.</summary>
public sealed class EmbeddingRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Baseline")]
    [InlineData("Pipelined")]
    public void Each_batch_comes_out_once_with_all_its_ids(string strategy)
    {
        var results = Run(50, options => options with { Pipeline = options.Pipeline with { Strategy = EgressStrategy.Parse(strategy), WorkerCount = 3 } });
        Assert.Equal(Enumerable.Range(0, 7).Select(batch => (long)batch), results.Select(result => result.Batch));
        Assert.Equal([8, 8, 8, 8, 8, 8, 2], results.Select(result => result.Count));
        Assert.Equal(50, results.SelectMany(result => result.Ids).Distinct().Count());
        Assert.All(results, result => Assert.Equal(EmbeddingStatus.Processed, result.Status));
    }

    [Fact]
    public void A_second_run_skips_what_is_stored_and_stores_the_rest()
    {
        var first = Run(20, Stored);
        Assert.All(first, result => Assert.Equal(EmbeddingStatus.Written, result.Status));
        var second = Run(30, Stored);
        Assert.Equal(20, second.Where(result => result.Status == EmbeddingStatus.Skipped).Sum(result => result.Count));
        Assert.Equal(10, second.Where(result => result.Status == EmbeddingStatus.Written).Sum(result => result.Count));
        Assert.Equal(30, IdsOnDisk().Count);
        Assert.Equal(30, IdsOnDisk().Distinct().Count());
    }

    [Fact]
    public void One_id_twice_is_an_error_of_the_second()
    {
        using var lanes = Lanes();
        using var run = new EmbeddingRun(Options(), lanes, NoBackend);
        Offer(run, () => run.TryAddSynthetic(1));
        Offer(run, () => run.TryAddSynthetic(1));
        var errors = new List<EgressException>();
        Finish(run, [], errors);
        Assert.Equal(EgressErrorId.SequenceIdTaken, Assert.Single(errors).ErrorId);
    }

    [Fact]
    public void A_run_that_is_cancelled_keeps_what_it_has_committed()
    {
        using (var lanes = Lanes("simulated:compute=5"))
        using (var run = new EmbeddingRun(Stored(Options()), lanes, NoBackend))
        {
            Bounded.Run("a cancelled run", () =>
            {
                for (long index = 0; index < 400; index++)
                {
                    Offer(run, () => run.TryAddSynthetic(index), () => index > 100);
                    if (index == 200)
                    {
                        run.Cancel();
                        break;
                    }
                }
            });
        }

        var kept = IdsOnDisk();
        Assert.Equal(kept.Count, kept.Distinct().Count());
        Run(400, Stored);
        Assert.Equal(400, IdsOnDisk().Count);
        Assert.Equal(400, IdsOnDisk().Distinct().Count());
    }

    [Fact]
    public void Vectors_come_along_where_they_are_asked_for()
    {
        var results = Run(10, options => options with { PassesVectors = true });
        Assert.All(results, result => Assert.Equal(result.Count, result.Vectors!.Count));
        Assert.All(results.SelectMany(result => result.Vectors!), vector => Assert.Equal(BuiltInEncoders.TypicalDimension, vector.Length));
    }

    [Fact]
    public void Every_token_has_a_vector_where_nothing_is_pooled()
    {
        var results = Run(10, options => options with { PassesVectors = true }, VectorPooling.None);
        Assert.All(results.SelectMany(result => result.Vectors!), vectors => Assert.Equal(16 * BuiltInEncoders.TypicalDimension, vectors.Length));
    }

    [Fact]
    public void Vectors_of_a_simulated_device_are_apart_from_all_others()
    {
        using var lanes = Lanes();
        Assert.Contains(KeyValuePair.Create("Device", "simulated"), EmbeddingOptions.VectorSettings(lanes, tokenizerPath: null).Values);
    }

    private static EmbeddingOptions Options() => new()
    {
        Pipeline = new PipelineOptions { BatchSize = 8, WorkerCount = 2, LoaderCount = 2, BufferCount = 3 },
        Window = 4,
    };

    private static EmbeddingLanes Lanes(string device = "simulated", VectorPooling pooling = VectorPooling.Mean) =>
        EmbeddingLanes.Open(new EmbeddingModelOptions { MaxLength = 16, Pooling = pooling }, [DeviceSpec.Parse(device)], NoBackend);

    private static Egress.Backend.IBackend NoBackend() => throw new InvalidOperationException("Nothing here needs a backend.");

    private EmbeddingOptions Stored(EmbeddingOptions options) =>
        options with { Destination = new VectorDestination { Format = VectorFormat.Npy, Address = _folder.Path } };

    private static List<EmbeddingBatchResult> Run(
        int count, Func<EmbeddingOptions, EmbeddingOptions> with, VectorPooling pooling = VectorPooling.Mean)
    {
        using var lanes = Lanes(pooling: pooling);
        using var run = new EmbeddingRun(with(Options()), lanes, NoBackend);
        var results = new List<EmbeddingBatchResult>();
        for (long index = 0; index < count; index++)
        {
            Offer(run, () => run.TryAddSynthetic(index), results: results);
        }

        var errors = new List<EgressException>();
        Finish(run, results, errors);
        Assert.Empty(errors);
        return results;
    }

    private static void Offer(EmbeddingRun run, Func<bool> offer, Func<bool>? takes = null, List<EmbeddingBatchResult>? results = null)
    {
        while (!offer())
        {
            if (takes?.Invoke() != false && run.TryTake(out var result, out _, out _, 10) && result is not null)
            {
                results?.Add(result);
            }
        }
    }

    private static void Finish(EmbeddingRun run, List<EmbeddingBatchResult> results, List<EgressException> errors) => Bounded.Run("the run", () =>
    {
        bool isComplete;
        do
        {
            isComplete = run.TryCompleteInput();
            while (run.TryTake(out var result, out _, out var error, 10))
            {
                if (error is not null)
                {
                    errors.Add(error);
                }
                else
                {
                    results.Add(result!);
                }
            }
        }
        while (!isComplete || !run.IsCompleted);
        run.TryTake(out _, out _, out _, 0);
    });

    private List<string> IdsOnDisk() =>
    [
        .. Directory.GetFiles(_folder.Path, "*.ids.json")
            .SelectMany(file => JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetString()!)),
    ];
}

using Egress.Backend;
using Egress.Devices;
using Egress.Embedding;
using Egress.Input;
using Egress.Models;
using Egress.Pipeline;

namespace Egress.Tests.Embedding;

/// <summary>Windows that another thread cuts into tokens while the one before is computed.</summary>
public sealed class WindowAheadTests : IDisposable
{
    private const int BatchSize = 4;
    private const int WindowSize = 2 * BatchSize;
    private const string Slow = "slow ";

    private readonly GatedTokenizer _tokenizer = new();
    private readonly EmbeddingLanes _lanes = EmbeddingLanes.Open(new EmbeddingModelOptions { MaxLength = 16 }, [DeviceSpec.Parse("simulated")], NoBackend);

    public void Dispose()
    {
        _tokenizer.Gate.Set();
        _lanes.Dispose();
        _tokenizer.Gate.Dispose();
    }

    [Fact]
    public void A_window_is_computed_while_the_next_one_is_cut() => Bounded.Run("the run", () =>
    {
        using var run = Start();
        Add(run, WindowSize, "");
        Add(run, WindowSize, Slow);

        // The first window's vectors come, and a third is collected, though the second is not cut yet.
        Assert.Equal(WindowSize, Take(run, WindowSize));
        Add(run, WindowSize - 1, "third ");
        Assert.False(run.TryTake(out _, out _, out _, 0));

        _tokenizer.Gate.Set();
        Assert.Equal((2 * WindowSize) - 1, Finish(run));
    });

    [Fact]
    public void Whatever_comes_in_the_order_of_input_is_computed_once() => Bounded.Run("the run", () =>
    {
        _tokenizer.Gate.Set();
        using var run = Start();
        var failed = 0;
        var taken = 0;
        for (var text = 0; text < 50 * WindowSize; text++)
        {
            var own = text;
            var added = own % 7 == 0
                ? Offer(run, () => run.TryAddFailed($"f{own}", new EgressException("X", EgressErrorCategory.InvalidData, "It failed.", "Do better.")), ref failed)
                : Offer(run, () => run.TryAddText($"{own}", $"text {own}"), ref failed);
            taken += added;
        }

        taken += Finish(run, () => failed++);
        Assert.Equal((50 * WindowSize / 7) + 1, failed);
        Assert.Equal((50 * WindowSize) - failed, taken);
    });

    [Fact]
    public void A_tokenizer_that_fails_ends_the_run_with_its_error() => Bounded.Run("the run", () =>
    {
        _tokenizer.Gate.Set();
        using var run = Start();
        var error = Assert.Throws<EgressException>(() =>
        {
            Add(run, WindowSize - 1, "");
            Add(run, 1, GatedTokenizer.Bad);
            Finish(run);
        });
        Assert.Equal(EgressErrorId.TokenizerInvalid, error.ErrorId);
    });

    [Fact]
    public void A_run_ends_without_waiting_for_a_window_for_long() => Bounded.Run("the run", () =>
    {
        var run = Start(TimeSpan.FromMilliseconds(100));
        Add(run, WindowSize, Slow);
        run.Dispose();
        Assert.False(_tokenizer.Gate.IsSet);
    });

    private static IBackend NoBackend() => throw new InvalidOperationException("Nothing here needs a backend.");

    private EmbeddingRun Start(TimeSpan? endTimeout = null)
    {
        var backend = TokenizerBackend.Of(_tokenizer);
        var pipeline = new PipelineOptions { BatchSize = BatchSize, WorkerCount = 2, LoaderCount = 2, BufferCount = 3 };
        return new EmbeddingRun(
            new EmbeddingOptions
            {
                TokenizerPath = "vocab.txt",
                Window = WindowSize / BatchSize,
                Pipeline = endTimeout is { } limit ? pipeline with { EndTimeout = limit } : pipeline,
            },
            _lanes, () => backend);
    }

    private static void Add(EmbeddingRun run, int count, string prefix)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(run.TryAddText(null, $"{prefix}{i}"));
        }
    }

    /// <summary>Takes results of at least so many sequences.</summary>
    private static int Take(EmbeddingRun run, int count)
    {
        var taken = 0;
        while (taken < count)
        {
            taken += run.TryTake(out var result, out _, out _, 10) ? result!.Count : 0;
        }

        return taken;
    }

    /// <summary>Offers until it is taken; what came meanwhile.</summary>
    private static int Offer(EmbeddingRun run, Func<bool> offer, ref int failed)
    {
        var taken = 0;
        while (!offer())
        {
            if (run.TryTake(out var result, out var id, out _, 10))
            {
                taken += result?.Count ?? 0;
                failed += id is null ? 0 : 1;
            }
        }

        return taken;
    }

    /// <summary>Ends the input and takes what is left.</summary>
    private static int Finish(EmbeddingRun run, Action? onFailed = null)
    {
        var taken = 0;
        for (var isComplete = false; !isComplete || !run.IsCompleted;)
        {
            isComplete = isComplete || run.TryCompleteInput();
            while (run.TryTake(out var result, out var id, out _, 10))
            {
                taken += result?.Count ?? 0;
                if (id is not null)
                {
                    onFailed?.Invoke();
                }
            }
        }

        return taken;
    }

    /// <summary>A token a word; slow texts wait for the gate.</summary>
    private sealed class GatedTokenizer : ITokenizer
    {
        public const string Bad = "bad";

        public ManualResetEventSlim Gate { get; } = new();

        public int VocabularySize => 1000;

        public int Encode(string text, Span<int> ids)
        {
            if (text.StartsWith(Bad, StringComparison.Ordinal))
            {
                throw new EgressException(EgressErrorId.TokenizerInvalid, EgressErrorCategory.InvalidData, "It has no such piece.", "Take another one.");
            }

            if (text.StartsWith(Slow, StringComparison.Ordinal))
            {
                Gate.Wait();
            }

            var count = Math.Min(ids.Length, text.Split(' ').Length);
            ids[..count].Fill(1);
            return count;
        }
    }
}

using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>The engine allocates nothing for a batch, once as many batches as can be under way have been.</summary>
public sealed class AllocationTests
{
    private const int Batches = 2_000;

    public static TheoryData<string> PooledStrategies => [.. EgressStrategy.All.Where(strategy => strategy.UsesPool).Select(strategy => strategy.Name)];

    [Theory]
    [MemberData(nameof(PooledStrategies))]
    public void A_batch_allocates_nothing_in_the_steady_state(string strategy)
    {
        using var run = new NullRun(EgressStrategy.Parse(strategy), batchSize: 3);
        run.Send(Batches);

        // The least of some rounds: the runtime's own threads, and those of the test runner, allocate now and then.
        var least = long.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            Assert.Equal(3 * Batches, run.Send(Batches));
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{strategy}: {(double)least / Batches} bytes a batch");
        Assert.InRange(least, 0, Batches);
    }
}

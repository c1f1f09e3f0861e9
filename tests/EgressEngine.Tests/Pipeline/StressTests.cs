using System.Diagnostics;
using System.Globalization;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>
/// Thousands of small batches with random delays and planted faults. <c>EGRESS_STRESS_SECONDS</c> sets how long the random
/// scenarios go on (6), and <c>EGRESS_STRESS_SEED</c> the seed of the first one: a failure names the seed that repeats it.
/// </summary>
public sealed class StressTests
{
    private static readonly long[] Passages = [1, 2, 3, 7, 20];

    public static TheoryData<string, string> EveryFault => [..
        from strategy in EgressStrategy.All
        from point in Enum.GetNames<FaultPoint>()
        select (strategy.Name, point)];

    [Theory]
    [MemberData(nameof(EveryFault))]
    public void A_fault_ends_the_run_with_its_reason_and_loses_nothing(string strategy, string point)
    {
        var reached = 0;
        for (var i = 0; i < Passages.Length; i++)
        {
            reached += StressRun.Execute(StressScenario.FromSeed((i * 7919) + point.Length) with
            {
                Strategy = EgressStrategy.Parse(strategy),
                FaultAt = Enum.Parse<FaultPoint>(point),
                FaultAtPassage = Passages[i],
                End = ScenarioEnd.Complete,
                BadItemEvery = i == 2 ? 3 : 0,
            }) ? 1 : 0;
        }

        // All of them are in the way of every strategy, except that one with a pool allocates nothing after its first few blocks.
        Assert.InRange(reached, point == nameof(FaultPoint.Allocate) ? 1 : Passages.Length, Passages.Length);
    }

    [Fact]
    public void Random_scenarios_end_as_they_must()
    {
        var (seconds, seed) = (Setting("EGRESS_STRESS_SECONDS", 6), Setting("EGRESS_STRESS_SEED", Environment.TickCount & 0xFFFFFF));
        var (start, scenarios, faults) = (Stopwatch.GetTimestamp(), 0, 0);
        do
        {
            faults += StressRun.Execute(StressScenario.FromSeed(seed + scenarios)) ? 1 : 0;
            scenarios++;
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);

        TestContext.Current.TestOutputHelper?.WriteLine($"{scenarios} scenarios from seed {seed}, {faults} of them with a fault");
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
